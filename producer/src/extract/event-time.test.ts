import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { eventTime } from './event-time.ts';
import { zoneNamed } from './time/zone.ts';

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
    ['2026-05-15 16:16:00 US/Eastern', '2026-05-15T20:16:00.000Z'],
    ['2022-02-03T21:00:00+00:00/PT1H', '2022-02-03T21:00:00.000Z'],
    ['2026', '2026-01-01T00:00:00.000Z'],
    ['2026-03', '2026-03-01T00:00:00.000Z'],
    ['2026-Q2', '2026-04-01T00:00:00.000Z'],
    ['2026-W01', '2025-12-29T00:00:00.000Z'],
    ['2026-W53', '2026-12-28T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['20260306', '2026-03-06T00:00:00.000Z'],
    ['2026-03-06T24:00', '2026-03-07T00:00:00.000Z'],
  ])('%s says all that is needed', (text, expected) => {
    expect(eventTime(text, {})).toBe(expected);
  });

  it.each([
    ['1652191872800402200', 'epochNanos', '2022-05-10T14:11:12.800Z'],
    ['1652191872999999999', 'epochNanos', '2022-05-10T14:11:12.999Z'],
    ['1620550800000.0', 'epochMillis', '2021-05-09T09:00:00.000Z'],
    ['1501290792.5', 'epochSeconds', '2017-07-29T01:13:12.500Z'],
    ['1.6205508e12', 'epochMillis', '2021-05-09T09:00:00.000Z'],
    ['46082.5', 'excelDays', '2026-03-01T12:00:00.000Z'],
    ['March 02, 2026', 'MMMM dd, yyyy', '2026-03-02T00:00:00.000Z'],
    ['2026-Mar-02', 'yyyy-MMM-dd', '2026-03-02T00:00:00.000Z'],
    ['2017-M06', "yyyy-'M'MM", '2017-06-01T00:00:00.000Z'],
    ['3/7/26 1:05 PM', 'M/d/yy h:mm a', '2026-03-07T13:05:00.000Z'],
    ['12:30 am 07.03.2026', 'hh:mm a dd.MM.yyyy', '2026-03-07T00:30:00.000Z'],
    ['2026.064', 'yyyy.DDD', '2026-03-05T00:00:00.000Z'],
    ['Fri, 06 Mar 2026 09:00:00 GMT', 'EEE, dd MMM yyyy HH:mm:ss z', '2026-03-06T09:00:00.000Z'],
    ['2026-03-06 09:00 +0530', 'yyyy-MM-dd HH:mm XXX', '2026-03-06T03:30:00.000Z'],
    ['Q3 2026', "'Q'Q yyyy", '2026-07-01T00:00:00.000Z'],
  ])('%s, written as %s, is %s', (text, format, expected) => {
    expect(eventTime(text, { format })).toBe(expected);
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
    '2026-03-06 09:00 Middle/Earth',
    '2026-07-06 09:00 BST',
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

  it.each([
    ['US/Eastern Time', 'US/Eastern'],
    ['UTC-04', '-04:00'],
    ['GMT+5:30', '+05:30'],
    ['-18000', '-05:00'],
    ['3600', '+01:00'],
    ['0', '+00:00'],
    ['-0500', '-05:00'],
    ['-0330', '-03:30'],
    ['AEDT', '+11:00'],
    ['Europe/London', 'Europe/London'],
    ['EST', 'EST'],
    ['CET', 'CET'],
    ['Middle/Earth', undefined],
    ...['BST', 'AST', 'IST', 'CST', 'SST', 'ECT', 'ART', 'NST', 'ACT', 'PLT', 'VST', 'CNT', 'bst', ''].map(
      (ambiguous): [string, undefined] => [ambiguous, undefined],
    ),
    ['7', undefined],
  ])('takes the zone %s for %s', (name, zone) => {
    expect(zoneNamed(name)).toBe(zone);
  });
});

describe('more ways to write a time', () => {
  it.each([
    ['2026-03-06T05', undefined, '2026-03-06T05:00:00.000Z'],
    ['2026-03-06T05-06', undefined, '2026-03-06T11:00:00.000Z'],
    ['2026/03/06 09:30', undefined, '2026-03-06T09:30:00.000Z'],
    ['2026-03-06T09:00:00+01:00[Europe/Berlin]', undefined, '2026-03-06T08:00:00.000Z'],
    ['2026M03', undefined, '2026-03-01T00:00:00.000Z'],
    ['2026-S2', undefined, '2026-07-01T00:00:00.000Z'],
    ['2026-065', undefined, '2026-03-06T00:00:00.000Z'],
    ['/Date(1767225600000+0200)/', 'epochMillis', '2026-01-01T00:00:00.000Z'],
    ['20454', 'epochDays', '2026-01-01T00:00:00.000Z'],
    ['Fri, 6 Mar 2026 09:00:00 +0100', 'rfc2822', '2026-03-06T08:00:00.000Z'],
    ['6 Mar 26 09:00 EST', 'rfc2822', '2026-03-06T14:00:00.000Z'],
    ['6. März 2026', 'd. MMMM yyyy', '2026-03-06T00:00:00.000Z'],
    ['06 déc. 2026', 'dd MMM yyyy', '2026-12-06T00:00:00.000Z'],
    ['3-6-9', 'M-d-H', '1970-03-06T09:00:00.000Z'],
  ])('%s (%s) is %s', (text, format, expected) => {
    expect(eventTime(text, { format })).toBe(expected);
  });

  it.each([
    ['2026-366', 'yyyy-DDD'],
    ['2026-000', 'yyyy-DDD'],
    ['2026-400', 'yyyy-DDD'],
    ['2025-W53', undefined],
    ['2025-W00', undefined],
    ['2026-01-01T00:00:61Z', undefined],
  ])('%s (%s) is none, since there is no such day or second', (text, format) => {
    expect(eventTime(text, { format })).toBeUndefined();
  });

  it('reads the last day of a leap year', () => {
    expect(eventTime('2024-366', { format: 'yyyy-DDD' })).toBe('2024-12-31T00:00:00.000Z');
  });

  it('tells in a bounded time that a hostile cell is none', () => {
    const before = performance.now();
    expect(eventTime(`6 Mar 2026 09:00${' '.repeat(200_000)}(`, { format: 'rfc2822' })).toBeUndefined();
    expect(eventTime(`6 Mar 2026 09:00 (${'('.repeat(200_000)}`, { format: 'rfc2822' })).toBeUndefined();
    expect(performance.now() - before).toBeLessThan(500);
  });

  it.each(['2026-366', '2026-S3', '2026M13', '2026-03/06'])('%s is none', (text) => {
    expect(eventTime(text, {})).toBeUndefined();
  });
});
