import { describe, expect, it } from '@jest/globals';
import { verdicts } from '../measure/targets.ts';
import type { Operated } from './operated.ts';
import { targetsOf } from './targets.ts';

const PLANNED = 14;
const FEEDS = 30;

/** Seconds of the loop before, of the contender, and of the loop after. */
type Timed = readonly [before: number, seconds: number, after: number];

const side = (name: string, turns: readonly Timed[]): Operated => ({
  name,
  feeds: FEEDS,
  turns: turns.map(([before, seconds, after]) => ({ seconds, limits: { before, after } })),
  seconds: 1,
  cpuSeconds: 1,
  peakRssMb: 100,
  writes: FEEDS * (PLANNED + 2),
  repairSeconds: 0.5,
  resyncWrites: 0,
  restartSeconds: 1,
  restartWrites: 0,
});

const said = (ours: readonly Timed[], theirs: readonly Timed[], change: Partial<Operated> = {}): string[] =>
  verdicts(
    targetsOf({
      ours: { ...side('ours', ours), ...change },
      theirs: side('theirs', theirs),
      planned: PLANNED,
    }),
  ).split('\n');

describe('what the bench of operators says', () => {
  it('holds each turn against the loops beside it, so that a machine may be another from turn to turn', () => {
    const [peer, limit] = said(
      [
        [9, 10, 9],
        [18, 20, 18],
        [9, 15, 18],
      ],
      [
        [8, 10, 8],
        [8, 10, 8],
        [18, 22.5, 18],
      ],
    );
    expect(peer).toBe("met     feeds/s, of theirs's: 1.13× (1.13 to 1.13 in 3 rounds), at least 1×");
    expect(limit).toBe(
      'met     feeds/s, of what the API server can do: 0.90× (0.90 to 0.90 in 3 rounds), at least 0.8×',
    );
  });

  it('misses by the median', () => {
    const [peer, limit] = said([[7, 10, 7]], [[8, 10, 8.2]]);
    expect(peer).toMatch(/^missed .* 0\.86×/);
    expect(limit).toMatch(/^missed .* 0\.70×/);
  });

  it('takes no loop for a limit that was beaten', () => {
    expect(said([[11, 10, 11]], [[8, 10, 8]])[1]).toMatch(/^open .* the bare loop was slower/);
  });

  it('has no verdict on times of a single turn whose loops differ', () => {
    for (const [ours, theirs] of [
      [
        [8, 10, 9],
        [8, 10, 8],
      ],
      [
        [9, 10, 9],
        [8, 10, 9],
      ],
    ] as const)
      expect(said([ours], [theirs])[0]).toMatch(/^open .* the loops before and after differ by 1\d %/);
    expect(said([[8, 10, 9]], [[8, 10, 8]])[1]).toMatch(/^open .* differ by 13 %/);
    expect(said([[8.5, 10, 9]], [[8, 10, 8]])[1]).toMatch(/^met/);
  });

  it('has no verdict on times where the rounds contradict each other', () => {
    const [peer, limit] = said(
      [
        [9, 10, 9],
        [7, 10, 7],
      ],
      [
        [8, 10, 8],
        [8, 10, 8],
      ],
    );
    expect(peer).toMatch(/^open .* no verdict/);
    expect(limit).toMatch(/^open .* no verdict/);
  });

  it('holds ours to one write for each object, none without a change, its memory and its repair', () => {
    const even = [[9, 10, 9]] as const;
    const ends = (lines: string[]): string[] => lines.slice(2).map((line) => line.slice(0, 6).trim());
    expect(ends(said(even, even))).toEqual(['met', 'met', 'met', 'met', 'met']);
    const worse = {
      writes: FEEDS * (PLANNED + 2) + 1,
      resyncWrites: 1,
      restartWrites: 1,
      repairSeconds: 1.1,
      peakRssMb: 200,
    };
    expect(ends(said(even, even, worse))).toEqual(['missed', 'missed', 'missed', 'missed', 'missed']);
  });
});
