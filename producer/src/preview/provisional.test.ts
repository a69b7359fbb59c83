import { describe, expect, it } from '@jest/globals';
import type { FeedSeries } from '@tributary/api';
import { RecordShape } from '../extract/record.ts';
import { parseExactJson } from '../extract/parse-exact-json.ts';
import { isObject } from '../extract/exact-json.ts';
import { provisionalOf } from './provisional.ts';

const COLUMNS = [
  { name: 'symbol', role: 'key', type: 'string' } as const,
  { name: 'day', role: 'time', type: 'date', zone: 'America/New_York' } as const,
];

function timesAt(days: readonly string[], observed: string, series: Partial<FeedSeries>): readonly string[] {
  const shape = new RecordShape(COLUMNS, { nulls: [] });
  const body = parseExactJson('{}');
  const records = days.map((day) => {
    const raw = parseExactJson(JSON.stringify({ symbol: 'IBM', day }));
    if (!isObject(raw)) throw new Error('no record');
    return shape.read(raw, { body });
  });
  const whole = { frequency: '1d', provisional: 'last', whole: true, ...series } as const;
  return (
    provisionalOf(records, COLUMNS, whole, Date.parse(observed))?.times.map((it) => it.slice(0, 10)) ?? []
  );
}

const WEEKS = ['2026-01-16', '2026-01-23', '2026-01-28'];

describe('records that may still change', () => {
  it('are those of a day that has not ended in its zone', () => {
    const days = ['2026-01-05', '2026-01-06'];
    expect(timesAt(days, '2026-01-07T04:59:00Z', {})).toEqual(['2026-01-06']);
    expect(timesAt(days, '2026-01-07T05:00:00Z', {})).toEqual([]);
    expect(timesAt(days, '2026-01-07T04:59:00Z', { provisional: 'none' })).toEqual([]);
    expect(timesAt(days, '2026-01-06T20:59:00Z', { availableAfter: '16h' })).toEqual(['2026-01-06']);
    expect(timesAt(days, '2026-01-06T21:00:00Z', { availableAfter: '16h' })).toEqual([]);
  });

  it('are those of a week whose usual last day has not come, whatever day dates it', () => {
    const weekly = { frequency: '1w', availableAfter: '16h' };
    expect(timesAt(WEEKS, '2026-01-28T23:30:00Z', weekly)).toEqual(['2026-01-28']);
    expect(timesAt(WEEKS, '2026-01-30T21:00:00Z', weekly)).toEqual([]);
    expect(timesAt(['2026-01-28'], '2026-01-30T21:00:00Z', weekly)).toEqual(['2026-01-28']);
    expect(timesAt(WEEKS, '2026-01-31T00:00:00Z', { frequency: '1w' })).toEqual(['2026-01-28']);
  });

  it('are those of a month, a quarter or a year of the calendar', () => {
    expect(timesAt(['2026-01-30', '2026-02-27'], '2026-02-28T12:00:00Z', { frequency: '1mo' })).toEqual([
      '2026-02-27',
    ]);
    expect(timesAt(['2026-02-27'], '2026-03-01T05:00:00Z', { frequency: '1mo' })).toEqual([]);
    expect(timesAt(['2026-02-27'], '2026-03-31T12:00:00Z', { frequency: '3mo' })).toEqual(['2026-02-27']);
    expect(timesAt(['2026-02-27'], '2026-12-31T12:00:00Z', { frequency: '1y' })).toEqual(['2026-02-27']);
    expect(timesAt(['2026-01-01'], '2026-05-01T12:00:00Z', { frequency: '6mo' })).toEqual(['2026-01-01']);
  });
});
