import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { FeedSeries } from '@tributary/api';
import { isObject } from '../extract/exact-json.ts';
import { parseExactJson } from '../extract/parse-exact-json.ts';
import { RecordShape, type FeedRecord } from '../extract/record.ts';
import { provisionalOf, weekWarning, zoneProblems } from './provisional.ts';

const SYMBOL = { name: 'symbol', role: 'key', type: 'string' } as const;
const DAY = { name: 'day', role: 'time', type: 'timestamp' } as const;
const COLUMNS = [SYMBOL, DAY];

interface Case {
  what: string;
  series: Omit<FeedSeries, 'provisional' | 'whole'>;
  observed: string;
  /** Event times by key. */
  bars: Record<string, string[]>;
  /** Key and event time. */
  leftOut: string[];
}

/** The notebooks' tests judge the same ones by Spark. */
const CASES = JSON.parse(
  readFileSync(new URL('../../../notebooks/tests/provisional-cases.json', import.meta.url), 'utf8'),
) as Case[];

function recordsOf(bars: Record<string, readonly string[]>): FeedRecord[] {
  const shape = new RecordShape(COLUMNS, { nulls: [] });
  const body = parseExactJson('{}');
  return Object.entries(bars).flatMap(([symbol, days]) =>
    days.map((day) => {
      const raw = parseExactJson(JSON.stringify({ symbol, day }));
      if (!isObject(raw)) throw new Error('no record');
      return shape.read(raw, { body });
    }),
  );
}

const LAST = { provisional: 'last', whole: true } as const;

describe('records that may still change', () => {
  it.each(CASES)('$what', ({ series, observed, bars, leftOut }) => {
    const found = provisionalOf(recordsOf(bars), { ...LAST, ...series }, Date.parse(observed));
    const times = new Set(leftOut.map((bar) => bar.replace(/^\w+ /, '').replace('Z', '.000Z')));
    expect(new Set(found?.times ?? [])).toEqual(times);
    expect(found?.count ?? 0).toBe(leftOut.length);
  });

  it('are none where the feed does not say that they may', () => {
    const records = recordsOf({ A: ['2026-01-06T00:00:00Z'] });
    const series = { frequency: '1d', provisional: 'none', whole: true } as const;
    expect(provisionalOf(records, series, Date.parse('2026-01-06T01:00:00Z'))).toBeUndefined();
    expect(provisionalOf(records, undefined, 0)).toBeUndefined();
  });

  it('may be as many as an answer holds', () => {
    const [record] = recordsOf({ A: ['2026-01-06T00:00:00Z'] });
    const many = Array.from({ length: 200_000 }, () => record as FeedRecord);
    expect(provisionalOf(many, { ...LAST, frequency: '1d' }, 0)?.count).toBe(200_000);
  });
});

describe('what a series should say of its days', () => {
  const monthly = { ...LAST, frequency: '1mo' };
  const BERLIN = recordsOf({ A: ['2026-02-01T00:00:00+01:00'] });

  it('is their zone, where months begin elsewhere than in UTC and nothing says where', () => {
    expect(zoneProblems(BERLIN, COLUMNS, monthly)).toMatchObject([
      { field: 'spec.series.zone', message: expect.stringContaining('2026-01-31T23:00:00.000Z') },
    ]);
    const stated = [SYMBOL, { ...DAY, zoneFrom: '$.tz' }];
    expect(zoneProblems(recordsOf({ A: ['2026-02-01'] }), stated, monthly)).toHaveLength(1);
    expect(zoneProblems(BERLIN, COLUMNS, { ...monthly, zone: 'Europe/Berlin' })).toEqual([]);
    expect(zoneProblems(recordsOf({ A: ['2026-02-01'] }), COLUMNS, monthly)).toEqual([]);
    expect(zoneProblems(BERLIN, COLUMNS, { ...monthly, frequency: '1d' })).toEqual([]);
  });

  it('is that they are seven, where weeks seem to begin on another day than Monday', () => {
    const weekly = { ...LAST, frequency: '1w' };
    const from = (day: number) =>
      recordsOf({ A: [0, 7, 14].map((later) => new Date(Date.UTC(2026, 2, day + later)).toISOString()) });
    expect(weekWarning(from(1), weekly)).toContain('dated by a Sunday');
    expect(weekWarning(from(5), weekly)).toContain('frequency: 7d');
    for (const usual of [2, 6]) expect(weekWarning(from(usual), weekly)).toBeUndefined();
    expect(weekWarning(from(1), { ...weekly, frequency: '7d' })).toBeUndefined();
  });
});
