import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RateLimit } from './rate-limit.ts';
import { FakeClock } from './testing/fake-clock.ts';

const OPTIONS = { burst: 3, everyMs: 100 };
const reserve = (limit: RateLimit, count: number): number[] =>
  Array.from({ length: count }, () => limit.reserve());

describe('a rate limit', () => {
  it('lets a burst go at once, and the rest one after the other', () => {
    expect(reserve(new RateLimit(OPTIONS, new FakeClock()), 6)).toEqual([0, 0, 0, 100, 200, 300]);
  });

  it('has room again after a rest, for a burst and no more', async () => {
    const clock = new FakeClock();
    const limit = new RateLimit(OPTIONS, clock);
    reserve(limit, 3);
    await clock.advance(200);
    expect(reserve(limit, 3)).toEqual([0, 0, 100]);
    await clock.advance(3_600_000);
    expect(reserve(limit, 4)).toEqual([0, 0, 0, 100]);
  });

  it('gives no place that is not free to who does not wait', async () => {
    const clock = new FakeClock();
    const limit = new RateLimit(OPTIONS, clock);
    const taken = (count: number): boolean[] => Array.from({ length: count }, () => limit.tryTake());
    expect(taken(5)).toEqual([true, true, true, false, false]);
    await clock.advance(100);
    expect(taken(2)).toEqual([true, false]);
  });

  it('never lets more go than a burst and what time has passed for, whenever it is asked', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(500), { maxLength: 60 }), async (pauses) => {
        const clock = new FakeClock();
        const limit = new RateLimit(OPTIONS, clock);
        const goneAt: number[] = [];
        for (const pause of pauses) {
          await clock.advance(pause);
          goneAt.push(clock.monotonic() + limit.reserve());
        }
        for (const [index, from] of goneAt.entries())
          for (const [more, until] of goneAt.slice(index).entries())
            expect(more + 1).toBeLessThanOrEqual(OPTIONS.burst + (until - from) / OPTIONS.everyMs);
      }),
    );
  });
});
