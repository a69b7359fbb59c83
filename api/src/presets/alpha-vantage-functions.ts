import type { Column } from '../spec/columns.ts';

/** How one Alpha Vantage function answers: data only, so that a function is added by adding a row. */
export interface FunctionShape {
  /** The records are the member of the body whose name begins so; wording after it changes with interval and entitlement. */
  container: string;
  /** `timeMap`: an object from event time to a record. */
  shape: 'timeMap';
  /** Columns whose value is a parameter of the request, by column name: `{symbol: 'symbol'}`. */
  fromParameters: Record<string, string>;
  /** The column that the keys of a `timeMap` are read into. */
  timeColumn: string;
  /** IANA zone of times that carry none. */
  zone: string;
  columns: Column[];
  series: { frequency: string; provisional: 'none' | 'last' };
}

/** Equities are reported in the exchange's local time, said only in the body's Meta Data. */
const EXCHANGE_ZONE = 'America/New_York';

const key = (name: string): Column => ({ name, role: 'key', type: 'string' });
const time = (name: string, type: 'date' | 'timestamp'): Column => ({
  name,
  role: 'time',
  type,
  zone: EXCHANGE_ZONE,
});
const price = (name: string, path?: string): Column => ({
  name,
  ...(path === undefined ? {} : { path }),
  role: 'measure',
  type: 'decimal(18,6)',
  kind: 'price',
  transform: 'logReturn',
});

const OPEN_HIGH_LOW_CLOSE = ['open', 'high', 'low', 'close'].map((name) => price(name));
const ADJUSTED_CLOSE = price('adjusted_close', 'adjusted close');
const VOLUME: Column = { name: 'volume', role: 'measure', type: 'long', kind: 'count' };
const DIVIDEND: Column = {
  name: 'dividend_amount',
  path: 'dividend amount',
  role: 'measure',
  type: 'decimal(18,6)',
  kind: 'amount',
  transform: 'none',
};
const SPLIT: Column = {
  name: 'split_coefficient',
  path: 'split coefficient',
  role: 'dimension',
  type: 'decimal(18,6)',
};

/** Bars of one equity. The newest bar still changes until its period has ended. */
const bars = (
  container: string,
  frequency: string,
  measures: Column[],
  timeType: 'date' | 'timestamp' = 'date',
): FunctionShape => {
  const timeColumn = timeType === 'date' ? 'date' : 'timestamp';
  return {
    container,
    shape: 'timeMap',
    fromParameters: { symbol: 'symbol' },
    timeColumn,
    zone: EXCHANGE_ZONE,
    columns: [key('symbol'), time(timeColumn, timeType), ...measures],
    series: { frequency, provisional: 'last' },
  };
};

const PLAIN = [...OPEN_HIGH_LOW_CLOSE, VOLUME];
const ADJUSTED = [...OPEN_HIGH_LOW_CLOSE, ADJUSTED_CLOSE, VOLUME, DIVIDEND];

/** The functions that this version reads. `{parameter}` in a frequency is that parameter's value. */
export const ALPHA_VANTAGE_FUNCTIONS: ReadonlyMap<string, FunctionShape> = new Map([
  ['TIME_SERIES_INTRADAY', bars('Time Series (', '{interval}', PLAIN, 'timestamp')],
  ['TIME_SERIES_DAILY', bars('Time Series (Daily)', '1d', PLAIN)],
  ['TIME_SERIES_DAILY_ADJUSTED', bars('Time Series (Daily)', '1d', [...ADJUSTED, SPLIT])],
  ['TIME_SERIES_WEEKLY', bars('Weekly Time Series', '1w', PLAIN)],
  ['TIME_SERIES_WEEKLY_ADJUSTED', bars('Weekly Adjusted Time Series', '1w', ADJUSTED)],
  ['TIME_SERIES_MONTHLY', bars('Monthly Time Series', '30d', PLAIN)],
  ['TIME_SERIES_MONTHLY_ADJUSTED', bars('Monthly Adjusted Time Series', '30d', ADJUSTED)],
]);
