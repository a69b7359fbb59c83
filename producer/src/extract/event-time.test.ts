import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventTime } from './event-time.ts';

describe('an event time', () => {
  it.each([
    ['2026-03-06', 'UTC', '2026-03-06T00:00:00.000Z'],
    ['2026-03-06', 'America/New_York', '2026-03-06T05:00:00.000Z'],
    ['2026-07-06 16:00:00', 'US/Eastern', '2026-07-06T20:00:00.000Z'],
    ['2024-10-18 19:59:55.291', 'UTC', '2024-10-18T19:59:55.291Z'],
    ['2026-01-02T03:04', undefined, '2026-01-02T03:04:00.000Z'],
    ['20260517T110100', undefined, '2026-05-17T11:01:00.000Z'],
    ['2026-01-02T03:04:05.123456789Z', 'Asia/Tokyo', '2026-01-02T03:04:05.123Z'],
    ['2026-01-02T03:04:05+05:30', 'Asia/Tokyo', '2026-01-01T21:34:05.000Z'],
    ['2026-01-02T03:04:05-0800', undefined, '2026-01-02T11:04:05.000Z'],
    ['2026-11-01 01:30:00', 'America/New_York', '2026-11-01T05:30:00.000Z'],
    ['2026-03-08 02:30:00', 'America/New_York', '2026-03-08T07:30:00.000Z'],
  ])('%s in %s is %s', (text, zone, expected) => {
    expect(eventTime(text, { zone })).toBe(expected);
  });

  it.each([
    ['1767225600', 'epochSeconds', '2026-01-01T00:00:00.000Z'],
    ['1767225600123', 'epochMillis', '2026-01-01T00:00:00.123Z'],
    ['1767225600123456', 'epochMicros', '2026-01-01T00:00:00.123Z'],
    ['1767225600123456789', 'epochNanos', '2026-01-01T00:00:00.123Z'],
    ['-1', 'epochSeconds', '1969-12-31T23:59:59.000Z'],
    ['20260306', 'yyyyMMdd', '2026-03-06T00:00:00.000Z'],
    ['06.03.2026 17:05', 'dd.MM.yyyy HH:mm', '2026-03-06T17:05:00.000Z'],
    ['2026', 'yyyy', '2026-01-01T00:00:00.000Z'],
  ])('%s as %s is %s', (text, format, expected) => {
    expect(eventTime(text, { format })).toBe(expected);
  });

  it.each([
    '',
    'soon',
    '2026-02-30',
    '2026-13-01',
    '2026-01-01 25:00',
    '2099-99-99',
    '06/03/2026',
    '1767225600',
  ])('%j is none', (text) => {
    expect(eventTime(text, {})).toBeUndefined();
  });

  it('does not read one format for another', () => {
    expect([
      eventTime('2026-03-06', { format: 'epochMillis' }),
      eventTime('20260306', { format: 'yyyy-MM-dd' }),
      eventTime('x', { format: '((' }),
    ]).toEqual([undefined, undefined, undefined]);
  });

  it('is the instant at which the clocks of its zone show it', () => {
    const zones = fc.constantFrom(
      'America/New_York',
      'Europe/Berlin',
      'Asia/Kolkata',
      'Australia/Lord_Howe',
      'Pacific/Apia',
      'UTC',
    );
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1990-01-01'), max: new Date('2035-01-01'), noInvalidDate: true }),
        zones,
        (instant, zone) => {
          const seconds = new Date(Math.floor(instant.getTime() / 1_000) * 1_000);
          const wall = (at: Date): string => at.toLocaleString('sv-SE', { timeZone: zone }).replace(',', '');
          const read = eventTime(wall(seconds), { zone }) ?? '';
          // Of two instants with the same wall clock the first is meant; every other is found exactly.
          expect(wall(new Date(read))).toBe(wall(seconds));
          expect(Date.parse(read)).toBeLessThanOrEqual(seconds.getTime());
        },
      ),
      { numRuns: 500 },
    );
  });
});
