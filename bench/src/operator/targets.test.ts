import { describe, expect, it } from '@jest/globals';
import { FEEDS } from './load.ts';
import type { Operated } from './operated.ts';
import { judge } from './targets.ts';

const PLANNED = 14;

const side = (name: string, seconds: number): Operated => ({
  name,
  seconds,
  cpuSeconds: 1,
  peakRssMb: 100,
  writes: FEEDS * (PLANNED + 2),
  repairSeconds: 0.5,
  resyncWrites: 0,
  restartSeconds: 1,
  restartWrites: 0,
});

/** What is said of the peer and of the limit. */
const verdicts = (ours: number, theirs: number, ...loops: number[]): string[] =>
  judge({
    ours: side('ours', ours),
    theirs: side('theirs', theirs),
    loops: loops.map((seconds) => side('loop', seconds)),
    planned: PLANNED,
  })
    .split('\n')
    .slice(2, 4)
    .map((row) => row.split(' | ').at(-1)?.replace(' |', '') ?? '');

describe('what the bench of operators says', () => {
  it('holds the operator to 80 % of the limit on a machine that was the same all the time', () => {
    expect(verdicts(60, 70, 51, 50)).toEqual(['met', 'met']);
    expect(verdicts(70, 60, 51, 50)).toEqual(['**missed**', '**missed**']);
  });

  it('takes no loop for a limit that was beaten', () => {
    expect(verdicts(40, 70, 51, 50)).toEqual(['met', 'no limit: the bare loop was slower']);
  });

  it('says nothing of times where the machine did the same work at another pace before and after', () => {
    const none = 'no verdict: the bare loops differ by 70 %';
    expect(verdicts(60, 70, 85, 50)).toEqual([none, none]);
  });
});
