import { count, date, key, measure, percent, price, ratio, text, time } from './columns.ts';
import type { FunctionEntry, FunctionShape } from './function-shape.ts';

const OPTIONS: FunctionShape = {
  parameters: { required: ['symbol'], optional: [] },
  container: 'data',
  records: '@',
  columns: [
    key('contract_id', 'contractID'),
    time('date', 'date'),
    text('symbol'),
    date('expiration'),
    measure('strike', 'decimal(18,6)', { kind: 'level' }),
    text('type'),
    ...['last', 'mark', 'bid', 'ask'].map((name) => price(name)),
    ...['bid_size', 'ask_size', 'volume', 'open_interest'].map((name) => count(name)),
    ...['implied_volatility', 'delta', 'gamma', 'theta', 'vega', 'rho'].map((name) => ratio(name)),
  ],
  csvNames: {},
  // One day, which is the last one unless a date is given.
  series: { frequency: '1d', provisional: 'last', newest: (valueOf) => valueOf('date') === '' },
};

export const QUOTES: readonly FunctionEntry[] = [
  [
    'GLOBAL_QUOTE',
    {
      parameters: { required: ['symbol'], optional: [] },
      container: 'Global Quote',
      records: '@',
      columns: [
        key('symbol'),
        time('latest_trading_day', 'date', { path: 'latest trading day' }),
        ...['open', 'high', 'low', 'price'].map((name) => price(name)),
        count('volume'),
        price('previous_close', 'previous close'),
        measure('change', 'decimal(18,6)', { kind: 'amount', transform: 'none' }),
        percent('change_percent', 'change percent'),
      ],
      csvNames: {
        latest_trading_day: 'latestDay',
        previous_close: 'previousClose',
        change_percent: 'changePercent',
      },
      series: { frequency: '1d', provisional: 'last', newest: () => true },
    },
  ],
  [
    'REALTIME_BULK_QUOTES',
    {
      parameters: { required: ['symbol'], optional: [] },
      container: 'data',
      records: '@',
      columns: [
        key('symbol'),
        time('timestamp', 'timestamp'),
        ...['open', 'high', 'low', 'close'].map((name) => price(name)),
        count('volume'),
        price('previous_close'),
        measure('change', 'decimal(18,6)', { kind: 'amount', transform: 'none' }),
        percent('change_percent'),
        price('extended_hours_quote'),
        measure('extended_hours_change', 'decimal(18,6)', { kind: 'amount', transform: 'none' }),
        percent('extended_hours_change_percent'),
      ],
    },
  ],
  [
    'SYMBOL_SEARCH',
    {
      parameters: { required: ['keywords'], optional: [] },
      container: 'bestMatches',
      records: '@',
      columns: [
        key('symbol'),
        ...['name', 'type', 'region'].map((name) => text(name)),
        text('market_open', 'marketOpen'),
        text('market_close', 'marketClose'),
        text('timezone'),
        text('currency'),
        ratio('match_score', 'matchScore'),
      ],
    },
  ],
  [
    'MARKET_STATUS',
    {
      parameters: { required: [], optional: [] },
      formats: ['json'],
      container: 'markets',
      records: '@',
      columns: [
        key('market_type'),
        key('region'),
        ...['primary_exchanges', 'local_open', 'local_close', 'current_status', 'notes'].map((name) =>
          text(name),
        ),
      ],
    },
  ],
  [
    'CURRENCY_EXCHANGE_RATE',
    {
      parameters: { required: ['from_currency', 'to_currency'], optional: [] },
      formats: ['json'],
      container: 'Realtime Currency Exchange Rate',
      records: '@',
      columns: [
        key('from_currency', 'From_Currency Code'),
        key('to_currency', 'To_Currency Code'),
        {
          ...time('last_refreshed', 'timestamp', { path: 'Last Refreshed', zone: 'UTC' }),
          zoneFrom: 'Time Zone',
        },
        measure('exchange_rate', 'decimal(28,8)', {
          path: 'Exchange Rate',
          kind: 'rate',
          transform: 'logReturn',
        }),
        measure('bid_price', 'decimal(28,8)', { path: 'Bid Price', kind: 'price' }),
        measure('ask_price', 'decimal(28,8)', { path: 'Ask Price', kind: 'price' }),
      ],
    },
  ],
  [
    'REALTIME_OPTIONS',
    {
      ...OPTIONS,
      parameters: { required: ['symbol'], optional: ['require_greeks', 'contract', 'expiration'] },
    },
  ],
  [
    'REALTIME_OPTIONS_FMV',
    {
      ...OPTIONS,
      parameters: { required: ['symbol'], optional: ['require_greeks', 'contract', 'expiration'] },
    },
  ],
  [
    'HISTORICAL_OPTIONS',
    { ...OPTIONS, parameters: { required: ['symbol'], optional: ['date', 'expiration'] } },
  ],
];
