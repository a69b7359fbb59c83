import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Limit } from '../spec/limit.ts';
import { durationMs } from '../units.ts';
import { divideQuota, type QuotaShare } from './divide-quota.ts';
import { msToPhase } from './phase.ts';

const FREE: Limit[] = [
  { requests: 1, per: '1s' },
  { requests: 25, per: '1d', resets: '00:00', zone: 'America/New_York' },
];
const daily = { cron: '30 18 * * MON-FRI', timeZone: 'America/New_York' };
const feeds = (count: number, schedule: object = daily) =>
  Array.from({ length: count }, (_, index) => ({ key: `f${index}`, schedule }));
const requestsOf = (share: QuotaShare | undefined): number[] =>
  (share?.limits ?? []).map(({ requests }) => requests);

describe('the division of a quota', () => {
  it('gives one feed alone everything', () => {
    const { shares, refused, needed } = divideQuota(FREE, feeds(1));
    expect(shares.get('f0')).toEqual({ limits: FREE });
    expect([refused.size, needed]).toEqual([0, [1, 1]]);
  });

  it('gives several feeds a share each, and turns where a period has fewer requests than there are feeds', () => {
    const { shares } = divideQuota(FREE, feeds(3));
    expect([...shares.values()].map(requestsOf)).toEqual([
      [1, 8],
      [1, 8],
      [1, 8],
    ]);
    expect([...shares.values()].map(({ phase }) => phase)).toEqual([
      { everyMs: 6_000, offsetMs: 0, lengthMs: 500 },
      { everyMs: 6_000, offsetMs: 2_000, lengthMs: 500 },
      { everyMs: 6_000, offsetMs: 4_000, lengthMs: 500 },
    ]);
  });

  it('refuses the feed that came last, with the arithmetic, and takes a slower one after it', () => {
    const claims = [
      { key: 'first', schedule: { every: '2h' } },
      { key: 'second', schedule: { every: '1h' } },
      { key: 'slow', schedule: daily },
    ];
    const { shares, refused, needed } = divideQuota(FREE, claims);
    expect([...shares.keys()]).toEqual(['first', 'slow']);
    expect(needed).toEqual([1, 13]);
    expect([...refused]).toEqual([
      ['second', '25 requests in 1d are allowed; the feed before it needs 12 and this one 24: 36 > 25'],
    ]);
    const greedy = divideQuota(FREE, feeds(1, { every: '10m' })).refused.get('f0');
    expect(greedy).toBe('25 requests in 1d are allowed; this feed alone needs 144: 144 > 25');
  });

  it('keeps the share of the others when one more comes, more often than not', () => {
    const share = (count: number): number =>
      requestsOf(divideQuota(FREE, feeds(count)).shares.get('f0'))[1] ?? 0;
    expect([1, 2, 3, 4, 5, 6, 7, 12, 13, 25].map(share)).toEqual([25, 8, 8, 4, 4, 4, 2, 2, 1, 1]);
  });

  it('lets a frequent feed poll beside slow ones that take turns', () => {
    const claims = [{ key: 'fast', schedule: { every: '1m' } }, ...feeds(9, { every: '1h' })];
    const { shares, refused } = divideQuota([{ requests: 5, per: '1m' }], claims);
    expect(refused.size).toBe(0);
    expect(shares.get('fast')).toEqual({ limits: [{ requests: 1, per: '1m' }] });
    expect(shares.get('f8')).toEqual({
      limits: [{ requests: 4, per: '1m' }],
      phase: { everyMs: 18 * 60_000, offsetMs: 16 * 60_000, lengthMs: 30_000 },
    });
  });
});

describe('whatever feeds do', () => {
  const schedule = fc.oneof(
    fc.record({ every: fc.constantFrom('10s', '1m', '15m', '1h', '1d') }),
    fc.record({ cron: fc.constantFrom('0 * * * *', '*/10 * * * *', '30 18 * * FRI') }),
  );
  const limit = fc.record({
    requests: fc.integer({ min: 1, max: 12 }),
    per: fc.constantFrom('1s', '1m', '1h'),
  });

  it('together they stay within every limit', () => {
    fc.assert(
      fc.property(
        fc.array(limit, { minLength: 1, maxLength: 3 }),
        fc.array(schedule, { minLength: 1, maxLength: 14 }),
        fc.array(fc.tuple(fc.nat({ max: 13 }), fc.nat({ max: 40_000 })), { minLength: 50, maxLength: 200 }),
        (limits, schedules, tries) => {
          const claims = schedules.map((each, index) => ({ key: `f${index}`, schedule: each }));
          const { shares, refused } = divideQuota(limits, claims);
          expect(shares.size + refused.size).toBe(claims.length);
          const sent: { at: number; by: string }[] = [];
          let now = Date.UTC(2026, 0, 1);
          for (const [who, wait] of tries) {
            now += wait;
            const by = `f${who}`;
            const share = shares.get(by);
            if (share === undefined) continue;
            const at = now + (share.phase === undefined ? 0 : msToPhase(share.phase, now));
            if (share.limits.every((own) => countSince(sent, at, own, by) < own.requests))
              sent.push({ at, by });
          }
          for (const each of limits)
            for (const { at } of sent) expect(countSince(sent, at, each)).toBeLessThanOrEqual(each.requests);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Requests in the period that ends with `at`; by all, or by one feed and then on both sides. */
function countSince(
  sent: readonly { at: number; by: string }[],
  at: number,
  { per }: Limit,
  by?: string,
): number {
  const perMs = durationMs(per);
  return sent.filter((each) =>
    by === undefined
      ? each.at > at - perMs && each.at <= at
      : each.by === by && Math.abs(each.at - at) < perMs,
  ).length;
}
