import { describe, expect, it } from '@jest/globals';
import { sampleFeed } from '../testing/samples.ts';
import { streamSourceSpec } from '../spec/stream-source-spec.ts';
import { parseStreamSource } from '../validate/parse-stream-source.ts';
import { ALPHA_VANTAGE_FUNCTIONS } from './alpha-vantage/functions.ts';
import { alphaVantageMember, alphaVantagePreset } from './alpha-vantage.ts';
import { resolveColumns } from './resolve-columns.ts';

const columnsOf = (sample: string) => {
  const parsed = parseStreamSource(sampleFeed(sample));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return resolveColumns(parsed.value.spec);
};

describe('the columns of a feed', () => {
  it('come from the preset where none are declared', () => {
    expect(columnsOf('sp500-daily').map(({ name, role, type }) => [name, role, type])).toEqual([
      ['symbol', 'key', 'string'],
      ['date', 'time', 'date'],
      ['open', 'measure', 'decimal(18,6)'],
      ['high', 'measure', 'decimal(18,6)'],
      ['low', 'measure', 'decimal(18,6)'],
      ['close', 'measure', 'decimal(18,6)'],
      ['volume', 'measure', 'long'],
    ]);
  });

  it('are the declared ones after the preset’s key, each with what the preset knows of it', () => {
    expect(columnsOf('ibm-weekly')).toEqual([
      { name: 'symbol', role: 'key', type: 'string' },
      { name: 'date', role: 'time', type: 'timestamp', zone: 'America/New_York' },
      {
        name: 'adjusted_close',
        path: 'adjusted close',
        role: 'measure',
        type: 'decimal(18,6)',
        kind: 'price',
        transform: 'logReturn',
      },
      { name: 'volume', role: 'measure', type: 'long', kind: 'count' },
    ]);
  });

  it('are exactly the declared ones of any other API', () => {
    expect(columnsOf('http-events').map(({ name }) => name)).toEqual(['id', 'time', 'updated', 'magnitude']);
  });
});

describe('the Alpha Vantage preset', () => {
  it('takes from the parameters what the records do not say', () => {
    const preset = alphaVantagePreset({
      function: 'TIME_SERIES_INTRADAY',
      parameters: [
        { name: 'symbol', value: 'IBM' },
        { name: 'interval', value: '5min' },
      ],
    });
    expect(preset).toMatchObject({
      constants: { symbol: 'IBM' },
      series: { frequency: '5m' },
      records: "entries(@, 'timestamp')",
    });
  });

  it('says so when it does not know a function', () => {
    expect(alphaVantagePreset({ function: 'SECTOR', parameters: [] })).toBeUndefined();
  });

  it.each([...ALPHA_VANTAGE_FUNCTIONS])(
    'of %s has at most one time column, distinct names and something to identify a record by',
    (_, { columns, csvNames = {} }) => {
      const times = columns.filter(({ role }) => role === 'time');
      const names = columns.map(({ name }) => name);
      expect(times.length).toBeLessThanOrEqual(1);
      expect(new Set(names).size).toBe(names.length);
      expect(columns.some(({ role }) => role === 'key' || role === 'time')).toBe(true);
      expect(names).toEqual(expect.arrayContaining(Object.keys(csvNames)));
      expect(streamSourceSpec.shape.columns.safeParse(columns).success).toBe(true);
    },
  );

  it('names the cells of CSV as CSV does', () => {
    const paths = (datatype: string) =>
      alphaVantagePreset({
        function: 'GLOBAL_QUOTE',
        parameters: [{ name: 'datatype', value: datatype }],
      })?.columns.flatMap(({ name, path = name }) => (/_/.test(name) ? [path] : []));
    expect(paths('json')).toEqual(['latest trading day', 'previous close', 'change percent']);
    expect(paths('csv')).toEqual(['latestDay', 'previousClose', 'changePercent']);
  });

  it.each([
    ['1. open', 'open'],
    ['5. adjusted close', 'adjusted close'],
    ['1a. price (CNY)', 'price (CNY)'],
    ['5.1: Fast Period', 'Fast Period'],
    ['2026-01-02', '2026-01-02'],
    ['SMA', 'SMA'],
  ])('reads the member %j as %j', (member, name) => {
    expect(alphaVantageMember(member)).toBe(name);
  });
});
