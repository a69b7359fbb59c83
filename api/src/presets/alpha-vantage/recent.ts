import { amount, count, date, key, measure, percent, price, ratio, text, time } from './columns.ts';
import type { FunctionEntry, FunctionShape } from './function-shape.ts';
import { DAY_WEEK_MONTH, type ParameterRules } from './parameters.ts';

const METALS = ['GOLD', 'XAU', 'SILVER', 'XAG'];
const PRICE = measure('price', 'decimal(28,12)', { kind: 'price', transform: 'logReturn' });

/** The first list of objects of the body, else the body. */
const FIRST_LIST = `
  let $lists = values(@)[?type(@) == 'array'] | [?type([0]) == 'object'] in
    $lists[0] || list(@)`;
/** Numbered, since nothing is known that tells its records apart. */
const WHATEVER_IS_THERE = `numbered(${FIRST_LIST}, 'part')`;

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

/** What tells trades of one day apart; a filing may hold several lines that say the same. */
const OF_A_TRADE = [
  'bioguide_id',
  'politician',
  'symbol',
  'asset_name',
  'transaction_type',
  'owner_code',
  'amount_min',
  'amount_max',
  'filed_date',
];

function joined(names: readonly string[]): string {
  return `join('|', [${names.map((name) => `to_string(${name} || '')`).join(', ')}])`;
}

const COUNTED_TRADES = `
  values(group_by(@, &${joined([...OF_A_TRADE, 'transaction_date'])}))[*].numbered(@, 'occurrence')[]`;

/**
 * The ratio of the whole chain and of each expiration. Without a date asked for, the answer may say `latest` in its place:
 * such records have no event time, and the newest of each expiration replaces the one before.
 */
function putCallRatio(optional: readonly string[]): FunctionShape {
  return {
    parameters: { required: ['symbol'], optional },
    ...JSON_ONLY,
    needs: ['put_call_ratio_full_chain', 'put_call_ratio_by_expiration'],
    records: `
      [[{expiration: 'all', put_call_ratio: put_call_ratio_full_chain}],
       map(&{expiration: date, put_call_ratio: value}, list(put_call_ratio_by_expiration))][]`,
    fromParameters: { symbol: 'symbol' },
    columns: [
      key('symbol'),
      key('expiration'),
      { ...time('date', 'date', { path: '$.date' }), nulls: ['latest'] },
      ratio('put_call_ratio'),
    ],
  };
}

const SYMBOL: ParameterRules = { required: ['symbol'], optional: [] };
const JSON_ONLY = { formats: ['json'] } as const;

/**
 * Functions of 2025 and 2026. No answer of them was at hand: names of members are as published clients of these functions
 * name them (as of November 2026), not from recordings; those of REALTIME_BULK_BID_ASK_PRICES (`bid_price` and its like)
 * no client was found to confirm. Whatever else an answer holds is kept beside the columns.
 */
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
  [
    'INDEX_CATALOG',
    {
      parameters: { required: [], optional: [] },
      anyBody: true,
      // A list of symbols and names, in a member or not, or a map from one to the other.
      records: `
        let $lists = values(list(@)[0])[?type(@) == 'array'] in
          type(@) == 'array' && @ || $lists[0] || entries(@, 'symbol', 'name')`,
      columns: [key('symbol'), text('name', 'name || value')],
    },
  ],
  [
    'REALTIME_BULK_BID_ASK_PRICES',
    {
      parameters: SYMBOL,
      anyBody: true,
      records: FIRST_LIST,
      columns: [
        key('symbol'),
        time('timestamp', 'timestamp'),
        price('bid_price'),
        count('bid_size'),
        price('ask_price'),
        count('ask_size'),
      ],
    },
  ],
  ['REALTIME_PUT_CALL_RATIO', putCallRatio([])],
  ['HISTORICAL_PUT_CALL_RATIO', putCallRatio(['date'])],
  // Of contracts: nothing is known of how their members are called.
  ['REALTIME_VOLUME_OPEN_INTEREST_RATIO', unrecorded(SYMBOL, JSON_ONLY)],
  [
    'HISTORICAL_VOLUME_OPEN_INTEREST_RATIO',
    unrecorded({ required: ['symbol'], optional: ['date'] }, JSON_ONLY),
  ],
  [
    'INSTITUTIONAL_HOLDINGS',
    {
      parameters: SYMBOL,
      ...JSON_ONLY,
      needs: ['holdings', 'total_institutional_holders'],
      // The totals stand beside the holders, as a holder of their own.
      records: `[[merge(omit(@, 'holdings'), {holder_name: 'total'})], list(holdings)][]`,
      fromParameters: { symbol: 'symbol' },
      columns: [
        key('symbol'),
        key('holder_name'),
        time('last_reported', 'date'),
        count('shares_held', 'shares_held || total_institutional_shares'),
        count('shares_changed'),
        percent('shares_changed_percentage'),
        text('change_type'),
        percent('ownership_percentage', 'total_institutional_ownership_percentage'),
      ],
    },
  ],
  [
    'CONGRESS_TRADES',
    {
      parameters: { required: [], optional: ['symbol', 'bioguide_id'] },
      container: 'trades',
      records: COUNTED_TRADES,
      csvRecords: COUNTED_TRADES,
      columns: [
        // A trade has no number of its own; the same one is reported with the same words, and equal ones are counted.
        key('trade', joined(OF_A_TRADE)),
        key('occurrence'),
        time('transaction_date', 'date'),
        text('symbol'),
        ...['bioguide_id', 'politician', 'politician_canonical', 'chamber', 'party', 'state'].map((name) =>
          text(name),
        ),
        text('state_district'),
        text('asset_name'),
        text('asset_type_code'),
        text('transaction_type'),
        date('notification_date'),
        date('filed_date'),
        amount('amount_min'),
        amount('amount_max'),
        text('owner_code'),
        text('filing_status'),
      ],
    },
  ],
  [
    'POLITICIAN_METADATA',
    {
      parameters: { required: [], optional: [] },
      ...JSON_ONLY,
      container: 'politicians',
      records: '@',
      columns: [
        key('bioguide_id'),
        ...['display_name', 'party', 'chamber', 'state', 'aliases'].map((name) => text(name)),
      ],
    },
  ],
  [
    'COMPANY_LOGO',
    {
      parameters: SYMBOL,
      ...JSON_ONLY,
      anyBody: true,
      records: '@',
      fromParameters: { symbol: 'symbol' },
      columns: [key('symbol'), text('logo')],
    },
  ],
];
