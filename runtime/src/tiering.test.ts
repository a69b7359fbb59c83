import { execFileSync } from 'node:child_process';
import { expect, it } from '@jest/globals';
import { USUAL_AND_SPARING } from './tiering.ts';

it('knows the flags that V8 comes with', () => {
  const options = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
  for (const [usual] of USUAL_AND_SPARING) expect(options).toContain(`default: ${usual}\n`);
});
