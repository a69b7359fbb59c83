import type { Column } from '../../spec/columns.ts';
import { key, measure, price, count, time } from './columns.ts';
import { EXCHANGE_ZONE, NEWEST_MINUTES, type FunctionEntry, type FunctionShape } from './function-shape.ts';
import { INTRADAY, type ParameterRules } from './parameters.ts';

const OPEN_HIGH_LOW_CLOSE = ['open', 'high', 'low', 'close'].map((name) => price(name));
const VOLUME = count('volume');
/** Coins are traded in parts. */
const COIN_VOLUME = measure('volume', 'decimal(38,8)', { kind: 'amount', transform: 'none' });
const ADJUSTED = [
  ...OPEN_HIGH_LOW_CLOSE,
  price('adjusted_close', 'adjusted close'),
  VOLUME,
  measure('dividend_amount', 'decimal(18,6)', { path: 'dividend amount', kind: 'amount', transform: 'none' }),
];
const SPLIT: Column = {
  name: 'split_coefficient',
  path: 'split coefficient',
  role: 'dimension',
  type: 'decimal(18,6)',
};

interface Bars {
  container: string;
  frequency: string;
  measures: readonly Column[];
  /** Parameters that say what is traded, which are the key. */
  of: readonly string[];
  optional?: readonly string[];
  zone?: string;
  csvNames?: Record<string, string>;
}

/** Bars: a map from time to open, high, low and close. The newest one still changes until its period has ended. */
function bars({
  container,
  frequency,
  measures,
  of,
  optional = [],
  zone = EXCHANGE_ZONE,
  csvNames,
}: Bars): FunctionShape {
  const intraday = frequency === '{interval}';
  const timeColumn = intraday ? 'timestamp' : 'date';
  const parameters: ParameterRules = intraday
    ? { required: [...of, 'interval'], optional, values: { interval: INTRADAY } }
    : { required: of, optional };
  return {
    parameters,
    container,
    records: `entries(@, '${timeColumn}')`,
    fromParameters: Object.fromEntries(of.map((name) => [name, name])),
    columns: [
      ...of.map((name) => key(name)),
      time(timeColumn, intraday ? 'timestamp' : 'date', { zone }),
      ...measures,
    ],
    csvNames: { [timeColumn]: 'timestamp', ...csvNames },
    series: { frequency, provisional: 'last', newest: NEWEST_MINUTES },
  };
}

const equity = (
  container: string,
  frequency: string,
  measures: readonly Column[],
  optional: readonly string[] = [],
) => bars({ container, frequency, measures, of: ['symbol'], optional });
const fx = (container: string, frequency: string, optional: readonly string[] = []) =>
  bars({
    container,
    frequency,
    measures: OPEN_HIGH_LOW_CLOSE,
    of: ['from_symbol', 'to_symbol'],
    optional,
    zone: 'UTC',
  });
const coin = (container: string, frequency: string, optional: readonly string[] = []) =>
  bars({
    container,
    frequency,
    measures: [...OPEN_HIGH_LOW_CLOSE, COIN_VOLUME],
    of: ['symbol', 'market'],
    optional,
    zone: 'UTC',
  });

const PLAIN = [...OPEN_HIGH_LOW_CLOSE, VOLUME];

export const SERIES: readonly FunctionEntry[] = [
  [
    'TIME_SERIES_INTRADAY',
    equity('Time Series (', '{interval}', PLAIN, ['adjusted', 'extended_hours', 'month', 'outputsize']),
  ],
  ['TIME_SERIES_DAILY', equity('Time Series (Daily)', '1d', PLAIN, ['outputsize'])],
  [
    'TIME_SERIES_DAILY_ADJUSTED',
    {
      ...equity('Time Series (Daily)', '1d', [...ADJUSTED, SPLIT], ['outputsize']),
      csvNames: {
        date: 'timestamp',
        adjusted_close: 'adjusted_close',
        dividend_amount: 'dividend_amount',
        split_coefficient: 'split_coefficient',
      },
    },
  ],
  ['TIME_SERIES_WEEKLY', equity('Weekly Time Series', '1w', PLAIN)],
  ['TIME_SERIES_WEEKLY_ADJUSTED', equity('Weekly Adjusted Time Series', '1w', ADJUSTED)],
  ['TIME_SERIES_MONTHLY', equity('Monthly Time Series', '1mo', PLAIN)],
  ['TIME_SERIES_MONTHLY_ADJUSTED', equity('Monthly Adjusted Time Series', '1mo', ADJUSTED)],
  ['FX_INTRADAY', fx('Time Series FX (', '{interval}', ['outputsize'])],
  ['FX_DAILY', fx('Time Series FX (Daily)', '1d', ['outputsize'])],
  ['FX_WEEKLY', fx('Time Series FX (Weekly)', '1w')],
  ['FX_MONTHLY', fx('Time Series FX (Monthly)', '1mo')],
  ['CRYPTO_INTRADAY', coin('Time Series Crypto (', '{interval}', ['outputsize'])],
  ['DIGITAL_CURRENCY_DAILY', coin('Time Series (Digital Currency Daily)', '1d')],
  ['DIGITAL_CURRENCY_WEEKLY', coin('Time Series (Digital Currency Weekly)', '1w')],
  ['DIGITAL_CURRENCY_MONTHLY', coin('Time Series (Digital Currency Monthly)', '1mo')],
];
