import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseEventTime } from '../extract/event-time.ts';
import { timeLike, timeText } from './time-text.ts';

const ms = fc.integer({ min: Date.UTC(1990, 0, 1), max: Date.UTC(2060, 0, 1) });
const zone = fc.constantFrom('UTC', 'Asia/Tokyo', 'Asia/Kolkata', 'America/Phoenix');

describe('a time in a request', () => {
  it('is read back as what it was, in every writing', () => {
    fc.assert(
      fc.property(
        ms,
        zone,
        fc.constantFrom(undefined, 'epochMillis', 'epochMicros', 'epochNanos', 'yyyy-MM-dd HH:mm:ss.SSS'),
        (time, inZone, format) => {
          expect(parseEventTime(timeText(time, { format, zone: inZone }), { format, zone: inZone })).toBe(
            time,
          );
        },
      ),
    );
  });

  it('is written as the API writes its own', () => {
    const time = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
    expect(timeLike(time, '2020-12-31', {})).toBe('2026-01-02');
    expect(timeLike(time, '2020-12-31T10:00:00Z', {})).toBe('2026-01-02T03:04:05Z');
    expect(timeLike(time, '2020-12-31T10:00:00.123+02:00', {})).toBe('2026-01-02T03:04:05.678Z');
    expect(timeLike(time, '2020-12-31 10:00', { zone: 'Asia/Tokyo' })).toBe('2026-01-02 12:04');
    expect(timeLike(time, '1609404000', { format: 'epochSeconds' })).toBe('1767323045');
    expect(timeLike(time, '20201231', { format: 'yyyyMMdd', zone: 'Asia/Tokyo' })).toBe('20260102');
    expect(timeLike(time, '4711', {})).toBeUndefined();
    expect(timeLike(time, '44197.5', { format: 'excelDays' })).toBeUndefined();
  });
});
