/** Which parameters a function takes. */
export interface ParameterRules {
  required: readonly string[];
  optional: readonly string[];
  /** Values allowed for this function, where they differ from function to function. */
  values?: Readonly<Record<string, readonly string[]>>;
}

export const INTRADAY = ['1min', '5min', '15min', '30min', '60min'];
export const DAY_WEEK_MONTH = ['daily', 'weekly', 'monthly'];

/** Of every function: whether quotes may be delayed, for keys that are entitled to them. */
export const ALWAYS_ALLOWED = ['datatype', 'entitlement'];

const MOVING_AVERAGES = ['0', '1', '2', '3', '4', '5', '6', '7', '8'];

/** Values of parameters that mean the same wherever they occur. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  datatype: ['json', 'csv'],
  entitlement: ['delayed', 'realtime'],
  outputsize: ['compact', 'full'],
  adjusted: ['true', 'false'],
  extended_hours: ['true', 'false'],
  require_greeks: ['true', 'false'],
  series_type: ['open', 'high', 'low', 'close'],
  sort: ['LATEST', 'EARLIEST', 'RELEVANCE'],
  state: ['active', 'delisted'],
  horizon: ['3month', '6month', '12month'],
  maturity: ['3month', '2year', '5year', '7year', '10year', '30year'],
  OHLC: ['open', 'high', 'low', 'close'],
  ...Object.fromEntries(
    ['matype', 'fastmatype', 'slowmatype', 'signalmatype', 'slowkmatype', 'slowdmatype', 'fastdmatype'].map(
      (name) => [name, MOVING_AVERAGES],
    ),
  ),
};

const WHOLE = { pattern: /^[1-9][0-9]{0,4}$/, form: 'a whole number' };
const DECIMAL = { pattern: /^[0-9]{1,4}(\.[0-9]{1,6})?$/, form: 'a number' };

/** Forms of parameters that have too many values to list. */
const FORMS: Readonly<Record<string, { pattern: RegExp; form: string }>> = {
  month: { pattern: /^\d{4}-(0[1-9]|1[0-2])$/, form: 'a month, such as 2026-03' },
  date: { pattern: /^\d{4}-\d{2}-\d{2}$/, form: 'a date, such as 2026-03-31' },
  from: { pattern: /^\d{4}-\d{2}-\d{2}$/, form: 'a date, such as 2026-03-31' },
  quarter: { pattern: /^\d{4}Q[1-4]$/, form: 'a quarter, such as 2026Q1' },
  time_from: { pattern: /^\d{8}T\d{4}$/, form: 'a time, such as 20260331T0930' },
  time_to: { pattern: /^\d{8}T\d{4}$/, form: 'a time, such as 20260331T0930' },
  limit: WHOLE,
  WINDOW_SIZE: WHOLE,
  ...Object.fromEntries(
    [
      'time_period',
      'fastperiod',
      'slowperiod',
      'signalperiod',
      'fastkperiod',
      'slowkperiod',
      'slowdperiod',
      'fastdperiod',
      'timeperiod1',
      'timeperiod2',
      'timeperiod3',
      'nbdevup',
      'nbdevdn',
    ].map((name) => [name, WHOLE]),
  ),
  ...Object.fromEntries(['fastlimit', 'slowlimit', 'acceleration', 'maximum'].map((name) => [name, DECIMAL])),
};

/** What is wrong with a value; undefined where nothing is. Templates are filled later and not looked at. */
export function wrongValue(rules: ParameterRules, name: string, value: string): string | undefined {
  if (value.includes('{{')) return undefined;
  const allowed = rules.values?.[name] ?? VALUES[name];
  if (allowed !== undefined)
    return allowed.includes(value) ? undefined : `must be one of ${allowed.join(', ')}`;
  const form = FORMS[name];
  return form === undefined || form.pattern.test(value) ? undefined : `must be ${form.form}`;
}
