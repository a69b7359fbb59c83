import { amount, count, key, measure, percent, price, ratio, text, time } from './columns.ts';
import type { FunctionEntry } from './function-shape.ts';

const ANALYTICS = { required: ['SYMBOLS', 'RANGE', 'INTERVAL', 'CALCULATIONS'], optional: ['OHLC'] };

/** Each calculation a map from symbol to number, but the correlation: the lower half of a matrix. */
const FIXED_WINDOW = `
  let $date = meta_data.max_dt in [
    entries(omit(payload.RETURNS_CALCULATIONS, 'CORRELATION'), 'calculation', 'symbol'),
    let $symbols = payload.RETURNS_CALCULATIONS.CORRELATION.index in
      rows({symbol: $symbols || \`[]\`, cells: payload.RETURNS_CALCULATIONS.CORRELATION.correlation || \`[]\`})[].[
        let $symbol = symbol in
          map(&{calculation: 'CORRELATION', symbol: $symbol, other: [0], value: [1]}, zip($symbols, cells))
      ][][]
  ][].merge(@, {date: $date})`;

/** Maps within maps down to the date; beside them, by date, where the window of each began. */
const SLIDING_WINDOW = `
  entries(payload.RETURNS_CALCULATIONS, 'calculation')[].[
    let $calculation = calculation, $begins = window_start in
      entries(omit(@, 'calculation', 'window_start', 'params'), 'running', 'symbol', 'date')[].{
        calculation: $calculation, running: running, symbol: symbol, date: date,
        window_start: get($begins, date), value: value}
  ][][]`;

export const INTELLIGENCE: readonly FunctionEntry[] = [
  [
    'NEWS_SENTIMENT',
    {
      parameters: { required: [], optional: ['tickers', 'topics', 'time_from', 'time_to', 'sort', 'limit'] },
      formats: ['json'],
      container: 'feed',
      records: '@',
      columns: [
        key('url'),
        time('time_published', 'timestamp', { zone: 'UTC' }),
        text('title'),
        text('summary'),
        text('source'),
        measure('overall_sentiment_score', 'double', { kind: 'rate' }),
        text('overall_sentiment_label'),
        text('topics'),
        text('ticker_sentiment'),
      ],
      // A ticker without articles is answered with the words for a bad one.
      emptyWhen: /Invalid inputs/i,
    },
  ],
  [
    'TOP_GAINERS_LOSERS',
    {
      parameters: { required: [], optional: [] },
      formats: ['json'],
      needs: ['top_gainers', 'top_losers', 'most_actively_traded'],
      records: `entries(pick(@, 'top_gainers', 'top_losers', 'most_actively_traded'), 'list')`,
      columns: [
        key('list'),
        key('ticker'),
        time('last_updated', 'timestamp', { path: '$.last_updated' }),
        price('price'),
        measure('change_amount', 'decimal(18,6)', { kind: 'amount', transform: 'none' }),
        percent('change_percentage'),
        count('volume'),
      ],
    },
  ],
  [
    'INSIDER_TRANSACTIONS',
    {
      parameters: { required: ['symbol'], optional: ['from'] },
      formats: ['json'],
      container: 'data',
      records: '@',
      columns: [
        key('ticker'),
        key('executive'),
        key('security_type'),
        key('acquisition_or_disposal'),
        key('shares'),
        time('transaction_date', 'date'),
        text('executive_title'),
        amount('share_price'),
      ],
    },
  ],
  [
    'EARNINGS_CALL_TRANSCRIPT',
    {
      parameters: { required: ['symbol', 'quarter'], optional: [] },
      formats: ['json'],
      container: 'transcript',
      records: `numbered(@, 'part')`,
      fromParameters: { symbol: 'symbol', quarter: 'quarter' },
      columns: [
        key('symbol'),
        key('quarter'),
        key('part'),
        text('speaker'),
        text('title'),
        text('content'),
        ratio('sentiment'),
      ],
    },
  ],
  [
    'ANALYTICS_FIXED_WINDOW',
    {
      parameters: ANALYTICS,
      formats: ['json'],
      needs: ['payload'],
      records: FIXED_WINDOW,
      columns: [
        key('calculation'),
        key('symbol'),
        key('other', 'other || symbol'),
        time('date', 'date'),
        measure('value', 'double', { kind: 'level' }),
      ],
    },
  ],
  [
    'ANALYTICS_SLIDING_WINDOW',
    {
      parameters: { ...ANALYTICS, required: [...ANALYTICS.required, 'WINDOW_SIZE'] },
      formats: ['json'],
      needs: ['payload'],
      records: SLIDING_WINDOW,
      columns: [
        key('calculation'),
        key('symbol'),
        time('date', 'date'),
        text('running'),
        { name: 'window_start', role: 'dimension', type: 'date' },
        measure('value', 'double', { kind: 'level' }),
      ],
    },
  ],
];
