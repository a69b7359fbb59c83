import { execFileSync } from 'node:child_process';
import { expect, it } from '@jest/globals';
import { USUAL } from './tiering.ts';

it('knows how often V8 runs a function before it compiles it', () => {
  const options = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
  const counts = Object.keys(USUAL).map((flag) => {
    const [, count] = new RegExp(`default: --${flag}=(\\d+)`).exec(options) ?? [];
    return [flag, Number(count)];
  });
  expect(Object.fromEntries(counts)).toEqual(USUAL);
});
