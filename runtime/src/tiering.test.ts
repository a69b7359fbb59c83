import { execFileSync } from 'node:child_process';
import { expect, it } from '@jest/globals';
import { COMPILERS } from './tiering.ts';

it('knows the optimising compilers that V8 comes with', () => {
  const options = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
  for (const compiler of COMPILERS) expect(options).toContain(`default: --${compiler}\n`);
});
