import { key, measure, price, text, time } from './columns.ts';
import type { FunctionEntry, FunctionShape } from './function-shape.ts';
import { DAY_WEEK_MONTH, type ParameterRules } from './parameters.ts';

const METALS = ['GOLD', 'XAU', 'SILVER', 'XAG'];
const PRICE = measure('price', 'decimal(28,12)', { kind: 'price', transform: 'logReturn' });

/** The first list of objects of the body, else the body; numbered, since nothing is known that tells its records apart. */
const WHATEVER_IS_THERE = `
  let $lists = values(@)[?type(@) == 'array'] | [?type([0]) == 'object'] in
    numbered($lists[0] || list(@), 'part')`;

/**
 * A function whose answers nobody has recorded yet: its parameters are checked, and its records are what the body holds,
 * every member kept. A feed of it declares its own columns (and `part` as dimension, where it knows a better key).
 */
function unrecorded(parameters: ParameterRules, options: Partial<FunctionShape> = {}): FunctionShape {
  const of = parameters.required.filter((name) => name !== 'interval');
  return {
    parameters,
    anyBody: true,
    records: WHATEVER_IS_THERE,
    fromParameters: Object.fromEntries(of.map((name) => [name, name])),
    columns: [...of.map((name) => key(name)), key('part')],
    ...options,
  };
}

const SYMBOL: ParameterRules = { required: ['symbol'], optional: [] };
const JSON_ONLY = { formats: ['json'] } as const;

/** Functions of 2025 and 2026. */
export const RECENT: readonly FunctionEntry[] = [
  [
    'GOLD_SILVER_SPOT',
    {
      parameters: { ...SYMBOL, values: { symbol: METALS } },
      formats: ['json'],
      needs: ['price'],
      records: '@',
      fromParameters: { symbol: 'symbol' },
      columns: [key('symbol'), time('timestamp', 'timestamp', { zone: 'UTC' }), PRICE, text('nominal')],
    },
  ],
  [
    'GOLD_SILVER_HISTORY',
    {
      parameters: {
        required: ['symbol'],
        optional: ['interval'],
        values: { symbol: METALS, interval: DAY_WEEK_MONTH },
      },
      container: 'data',
      records: '@',
      fromParameters: { symbol: 'symbol' },
      columns: [key('symbol'), time('date', 'date', { zone: 'UTC' }), PRICE],
      csvNames: { date: 'timestamp' },
      series: { frequency: '{interval|daily}', provisional: 'last' },
    },
  ],
  [
    'INDEX_DATA',
    {
      parameters: {
        required: ['symbol', 'interval'],
        optional: [],
        values: { interval: DAY_WEEK_MONTH },
      },
      anyBody: true,
      // Bars as a map by date, as of all other series, or as a list.
      records: `
        let $series = values(@)[?type(@) == 'object'] | [?type(values(@)[0]) == 'object'] | [0],
            $lists = values(@)[?type(@) == 'array'] in
          $series ? entries($series, 'date') : ($lists[0] || \`[]\`)`,
      fromParameters: { symbol: 'symbol' },
      columns: [
        key('symbol'),
        time('date', 'date'),
        ...['open', 'high', 'low', 'close'].map((name) => price(name)),
      ],
      csvNames: { date: 'timestamp' },
      series: { frequency: '{interval}', provisional: 'last' },
    },
  ],
  ['INDEX_CATALOG', unrecorded({ required: [], optional: [] })],
  ['REALTIME_BULK_BID_ASK_PRICES', unrecorded(SYMBOL)],
  ['REALTIME_PUT_CALL_RATIO', unrecorded(SYMBOL, JSON_ONLY)],
  ['HISTORICAL_PUT_CALL_RATIO', unrecorded({ required: ['symbol'], optional: ['date'] }, JSON_ONLY)],
  ['REALTIME_VOLUME_OPEN_INTEREST_RATIO', unrecorded(SYMBOL, JSON_ONLY)],
  [
    'HISTORICAL_VOLUME_OPEN_INTEREST_RATIO',
    unrecorded({ required: ['symbol'], optional: ['date'] }, JSON_ONLY),
  ],
  ['INSTITUTIONAL_HOLDINGS', unrecorded(SYMBOL, JSON_ONLY)],
  ['CONGRESS_TRADES', unrecorded({ required: [], optional: ['symbol', 'bioguide_id'] })],
  ['POLITICIAN_METADATA', unrecorded({ required: [], optional: [] }, JSON_ONLY)],
  ['COMPANY_LOGO', unrecorded(SYMBOL, JSON_ONLY)],
];
