import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Limit } from '../spec/limit.ts';
import { durationMs } from '../units.ts';
import { Cron } from 'croner';
import type { QuotaClaim } from './demand.ts';
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
      [
        'second',
        '25 requests in 1d are allowed; on any day the feed before it needs 12 and this one 24: 36 > 25',
      ],
    ]);
    const greedy = divideQuota(FREE, feeds(1, { every: '10m' })).refused.get('f0');
    expect(greedy).toBe('25 requests in 1d are allowed; on any day this feed alone needs 144: 144 > 25');
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

describe('a long limit, day by day', () => {
  const [, DAILY] = FREE as [Limit, Limit];
  const SLIDING: Limit = { requests: 25, per: '1d' };
  const weekly = (count: number, days: readonly string[], timeZone = 'America/New_York'): QuotaClaim[] =>
    Array.from({ length: count }, (_, index) => ({
      key: `w${index}`,
      schedule: { cron: `30 18 * * ${days[index % days.length]}`, timeZone },
    }));
  const WORKDAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI'];
  const only = (limit: Limit, claims: QuotaClaim[]): string[] => [
    ...divideQuota([limit], claims).refused.values(),
  ];

  it('carries 125 weekly feeds on five weekdays, and names the day of the next one', () => {
    expect(divideQuota([DAILY], weekly(30, WORKDAYS))).toMatchObject({ refused: new Map(), needed: [6] });
    expect(only(DAILY, weekly(125, WORKDAYS))).toEqual([]);
    const more = [...weekly(125, WORKDAYS), { key: 'more', schedule: { cron: '0 12 * * WED' } }];
    expect(only(DAILY, more)).toEqual([
      '25 requests in 1d are allowed; on Wednesdays the 125 feeds before it need 25 and this one 1: 26 > 25',
    ]);
  });

  it('carries them also where the period slides, but for polls that are less than a period apart', () => {
    expect(only(SLIDING, weekly(75, ['MON', 'WED', 'FRI']))).toEqual([]);
    const tuesday = { key: 'more', schedule: { cron: '0 12 * * TUE', timeZone: 'America/New_York' } };
    expect(only(SLIDING, [...weekly(75, ['MON', 'WED', 'FRI']), tuesday])).toEqual([
      '25 requests in any 1d are allowed; around Tuesdays the 75 feeds before it need 25 and this one 1: 26 > 25',
    ]);
  });

  it('carries monthly feeds on different days of the month, and names one day where two of them meet', () => {
    const monthly = (day: number, key = `m${day}`): QuotaClaim => ({
      key,
      schedule: { cron: `0 12 ${day} * *` },
    });
    const once: Limit = { requests: 1, per: '1d', resets: '00:00' };
    const all = Array.from({ length: 28 }, (_, index) => monthly(index + 1));
    expect(only(once, all)).toEqual([]);
    expect(only(once, [...all, monthly(3, 'again')])).toEqual([
      '1 request in 1d is allowed; on 3 February 2026 and days like it the 28 feeds before it need 1 and this one 1: 2 > 1',
    ]);
    expect(only(once, [monthly(1), { key: 'w', schedule: { cron: '0 12 * * MON' } }])).toHaveLength(1);
  });

  it('takes days as the clock of the provider has them, in winter and in summer', () => {
    const once: Limit = { requests: 1, per: '1d', resets: '00:00', zone: 'UTC' };
    const friday = { key: 'a', schedule: { cron: '30 19 * * FRI', timeZone: 'America/New_York' } };
    const at = (cron: string) => only(once, [friday, { key: 'b', schedule: { cron } }]);
    // 19:30 in New York is Saturday 00:30 UTC in winter and Friday 23:30 in summer.
    expect(at('0 12 * * FRI')).toHaveLength(1);
    expect(at('0 12 * * SAT')).toHaveLength(1);
    expect(at('0 12 * * THU')).toEqual([]);
  });

  it('lets neither a jitter past midnight nor a window across it pass the limit', () => {
    const late: QuotaClaim = { key: 'a', schedule: { cron: '0 23 * * FRI', jitter: '2h' } };
    const once: Limit = { requests: 1, per: '1d', resets: '00:00' };
    const early: QuotaClaim = { key: 'b', schedule: { cron: '0 12 * * SAT' } };
    expect(only(once, [late, early])).toHaveLength(1);
    expect(only({ requests: 1, per: '1d' }, [late, early])).toHaveLength(1);
    const calm: QuotaClaim = { key: 'a', schedule: { cron: '0 9 * * FRI' } };
    expect(only({ requests: 1, per: '1d' }, [calm, early])).toEqual([]);
  });

  it('divides a thousand feeds in no time, also where most do not fit', () => {
    const begun = performance.now();
    expect(only(SLIDING, weekly(1_000, ['MON', 'SAT']))).toHaveLength(950);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  const zones = ['UTC', 'America/New_York', 'Europe/Paris', 'Asia/Tokyo', 'Australia/Sydney'];
  const schedule = fc.record({
    cron: fc
      .tuple(
        fc.integer({ min: 0, max: 59 }),
        fc.integer({ min: 0, max: 23 }),
        fc.constantFrom('* * MON', '* * TUE,FRI', '* * MON-FRI', '1 * *', '15 * *', '*/3 * *', '* * *'),
      )
      .map(([minute, hour, days]) => `${minute} ${hour} ${days}`),
    timeZone: fc.constantFrom(...zones),
  });

  it('is never passed by feeds that send their whole share at each of their times', () => {
    fc.assert(
      fc.property(
        fc.array(schedule, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 8 }),
        fc.option(fc.constantFrom('00:00', '09:30', '23:00'), { nil: undefined }),
        fc.constantFrom(...zones),
        // Not while some zones have changed their clocks and others have not.
        fc.constantFrom('2026-02-02', '2026-07-06', '2026-12-07'),
        (schedules, requests, resets, zone, from) => {
          const limit: Limit = { requests, per: '1d', ...(resets === undefined ? {} : { resets, zone }) };
          const claims = schedules.map((each, index) => ({ key: `f${index}`, schedule: each }));
          const { shares, refused } = divideQuota([limit], claims);
          expect(shares.size + refused.size).toBe(claims.length);
          expect(shares.size).toBeGreaterThan(0);
          const sent = claims.flatMap(({ key, schedule: { cron, timeZone } }) => {
            const share = shares.get(key)?.limits[0]?.requests ?? 0;
            const times = new Cron(cron, { paused: true, timezone: timeZone }).nextRuns(28, new Date(from));
            return times.map((time) => {
              const at = time.getTime();
              return { key, share, at, day: resets === undefined ? '' : dayOf(at, resets, zone) };
            });
          });
          for (const { at, day } of sent) {
            const together = sent.filter((other) =>
              resets === undefined ? other.at > at - 86_400_000 && other.at <= at : other.day === day,
            );
            const byFeed = new Map(together.map(({ key, share }) => [key, share]));
            expect([...byFeed.values()].reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(requests);
          }
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  it('has room for a feed unless a day is full', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...WORKDAYS, 'SAT', 'SUN'), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 4 }),
        (days, requests) => {
          const claims = days.map((day, index) => ({
            key: `f${index}`,
            schedule: { cron: `0 12 * * ${day}` },
          }));
          const { refused } = divideQuota([{ requests, per: '1d', resets: '00:00' }], claims);
          const fits = (index: number): boolean =>
            days.slice(0, index).filter((day) => day === days[index]).length < requests;
          expect([...refused.keys()]).toEqual(claims.flatMap(({ key }, index) => (fits(index) ? [] : [key])));
        },
      ),
      { numRuns: 100 },
    );
  });
});

const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  const format =
    known ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  formats.set(timeZone, format);
  return format;
}

/** The day that `at` belongs to, as a date, where days begin at `resets` in `zone`: by another way than the division's. */
function dayOf(at: number, resets: string, zone: string): string {
  const wall = (time: number): string[] => formatOf(zone).format(time).split(' ');
  const [date = '', clock = ''] = wall(at);
  return clock >= resets ? date : (wall(at - 86_400_000)[0] ?? '');
}

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
