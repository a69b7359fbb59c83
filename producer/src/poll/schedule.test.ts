import { describe, expect, it } from '@jest/globals';
import { PollSchedule } from './schedule.ts';

const at = (text: string): number => Date.parse(text);
const iso = (ms: number): string => new Date(ms).toISOString();

describe('the schedule', () => {
  it('polls at once, then as long after the last poll began as it says, also after a restart', () => {
    const every = new PollSchedule({ every: '15m' });
    const now = at('2026-01-01T12:00:00Z');
    expect(every.next(now, undefined)).toBe(now);
    expect(iso(every.next(now, at('2026-01-01T11:50:00Z')))).toBe('2026-01-01T12:05:00.000Z');
    expect(every.next(now, at('2026-01-01T09:00:00Z'))).toBe(now);
  });

  it('reads cron in its zone, summer and winter', () => {
    const cron = new PollSchedule({ cron: '30 18 * * FRI', timeZone: 'America/New_York' });
    expect(iso(cron.next(at('2026-03-05T00:00:00Z'), undefined))).toBe('2026-03-06T23:30:00.000Z');
    expect(iso(cron.next(at('2026-03-12T00:00:00Z'), undefined))).toBe('2026-03-13T22:30:00.000Z');
  });

  it('makes up for missed times by one poll at once, unless it is not to', () => {
    const [last, now] = [at('2026-01-01T06:00:01Z'), at('2026-01-04T12:00:00Z')];
    const daily = { cron: '0 6 * * *' } as const;
    expect(new PollSchedule(daily).next(now, last)).toBe(now);
    expect(iso(new PollSchedule(daily).next(now, at('2026-01-04T06:00:00Z')))).toBe(
      '2026-01-05T06:00:00.000Z',
    );
    expect(iso(new PollSchedule({ ...daily, catchUp: 'None' }).next(now, last))).toBe(
      '2026-01-05T06:00:00.000Z',
    );
    expect(iso(new PollSchedule(daily).next(now, undefined))).toBe('2026-01-05T06:00:00.000Z');
  });

  it('begins up to the jitter later', () => {
    const now = at('2026-01-01T12:00:00Z');
    const next = (random: number): number =>
      new PollSchedule({ every: '15m', jitter: '30s' }, () => random).next(now, now);
    expect([next(0), next(0.5), next(0.9999)].map((ms) => ms - now)).toEqual([900_000, 915_000, 929_997]);
  });

  it('takes seconds first where there are six fields', () => {
    const cron = new PollSchedule({ cron: '*/10 * * * * *' });
    expect(iso(cron.next(at('2026-01-01T00:00:01Z'), undefined))).toBe('2026-01-01T00:00:10.000Z');
  });
});
