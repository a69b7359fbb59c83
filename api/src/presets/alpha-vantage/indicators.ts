import { key, measure, time } from './columns.ts';
import { NEWEST_MINUTES, type FunctionEntry, type FunctionShape } from './function-shape.ts';
import { DAY_WEEK_MONTH, INTRADAY } from './parameters.ts';

/** Functions by the parameters that they take beside symbol and interval; values are their own name unless listed. */
const PERIOD = ['time_period'];
const FAST_SLOW = ['fastperiod', 'slowperiod'];
const FAST_SLOW_SIGNAL = [...FAST_SLOW, 'signalperiod'];
const FASTK = ['fastkperiod', 'fastdperiod', 'fastdmatype'];

interface Technical {
  /** Whether it is computed from one of open, high, low and close. */
  ofSeries: boolean;
  required?: readonly string[];
  optional?: readonly string[];
  /** Names of the values of one time. */
  values?: readonly string[];
  /** Text behind `Technical Analysis: `, where it is not the function's name. */
  container?: string;
  intervals?: readonly string[];
}

const TECHNICAL: Readonly<Record<string, Technical>> = {
  ...each(
    ['SMA', 'EMA', 'WMA', 'DEMA', 'TEMA', 'TRIMA', 'KAMA', 'T3', 'RSI', 'MOM', 'CMO', 'ROC', 'ROCR', 'TRIX'],
    {
      ofSeries: true,
      optional: PERIOD,
    },
  ),
  ...each(
    [
      'WILLR',
      'CCI',
      'DX',
      'ADX',
      'ADXR',
      'MINUS_DI',
      'PLUS_DI',
      'MINUS_DM',
      'PLUS_DM',
      'AROONOSC',
      'ATR',
      'NATR',
      'MFI',
    ],
    { ofSeries: false, optional: PERIOD },
  ),
  ...each(['BOP', 'TRANGE', 'OBV'], { ofSeries: false }),
  ...each(['APO', 'PPO'], { ofSeries: true, optional: [...FAST_SLOW, 'matype'] }),
  ...each(['HT_TRENDLINE', 'HT_DCPHASE'], { ofSeries: true }),
  MAMA: { ofSeries: true, optional: ['fastlimit', 'slowlimit'], values: ['MAMA', 'FAMA'] },
  VWAP: { ofSeries: false, intervals: INTRADAY },
  MACD: { ofSeries: true, optional: FAST_SLOW_SIGNAL, values: ['MACD', 'MACD_Hist', 'MACD_Signal'] },
  MACDEXT: {
    ofSeries: true,
    optional: [...FAST_SLOW_SIGNAL, 'fastmatype', 'slowmatype', 'signalmatype'],
    values: ['MACD', 'MACD_Hist', 'MACD_Signal'],
  },
  STOCH: {
    ofSeries: false,
    optional: ['fastkperiod', 'slowkperiod', 'slowdperiod', 'slowkmatype', 'slowdmatype'],
    values: ['SlowK', 'SlowD'],
  },
  STOCHF: { ofSeries: false, optional: FASTK, values: ['FastK', 'FastD'] },
  STOCHRSI: { ofSeries: true, optional: [...PERIOD, ...FASTK], values: ['FastK', 'FastD'] },
  AROON: { ofSeries: false, optional: PERIOD, values: ['Aroon Up', 'Aroon Down'] },
  MIDPOINT: { ofSeries: true, required: PERIOD },
  MIDPRICE: { ofSeries: false, required: PERIOD },
  BBANDS: {
    ofSeries: true,
    optional: [...PERIOD, 'nbdevup', 'nbdevdn', 'matype'],
    values: ['Real Upper Band', 'Real Middle Band', 'Real Lower Band'],
  },
  SAR: { ofSeries: false, optional: ['acceleration', 'maximum'] },
  ULTOSC: { ofSeries: false, optional: ['timeperiod1', 'timeperiod2', 'timeperiod3'] },
  AD: { ofSeries: false, values: ['Chaikin A/D'], container: 'Chaikin A/D' },
  ADOSC: { ofSeries: false, optional: FAST_SLOW },
  HT_SINE: { ofSeries: true, values: ['SINE', 'LEAD SINE'] },
  HT_TRENDMODE: { ofSeries: true, values: ['TRENDMODE'] },
  HT_DCPERIOD: { ofSeries: true, values: ['DCPERIOD'] },
  HT_PHASOR: { ofSeries: true, values: ['PHASE', 'QUADRATURE'] },
};

function each(names: readonly string[], technical: Technical): Record<string, Technical> {
  return Object.fromEntries(names.map((name) => [name, technical]));
}

/** A map from time to one or more named values; the time is a date, or has minutes within a day. */
function indicator(
  name: string,
  { ofSeries, required = [], optional = [], values = [name], ...more }: Technical,
): FunctionShape {
  return {
    parameters: {
      required: ['symbol', 'interval', ...required, ...(ofSeries ? ['series_type'] : [])],
      optional: ['month', ...optional],
      values: { interval: more.intervals ?? [...INTRADAY, ...DAY_WEEK_MONTH] },
    },
    container: `Technical Analysis: ${more.container ?? name}`,
    records: `entries(@, 'time')`,
    fromParameters: { symbol: 'symbol' },
    columns: [
      key('symbol'),
      time('time', 'timestamp'),
      ...values.map((value) => measure(columnName(value), 'double', { path: value, kind: 'level' })),
    ],
    series: { frequency: '{interval}', provisional: 'last', newest: NEWEST_MINUTES },
  };
}

/** `Chaikin A/D` is the column chaikin_a_d. */
function columnName(value: string): string {
  return value.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
}

export const INDICATORS: readonly FunctionEntry[] = Object.entries(TECHNICAL).map(([name, technical]) => [
  name,
  indicator(name, technical),
]);
