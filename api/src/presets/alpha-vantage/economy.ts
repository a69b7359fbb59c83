import { measure, time } from './columns.ts';
import type { FunctionEntry, FunctionShape } from './function-shape.ts';
import { DAY_WEEK_MONTH } from './parameters.ts';

const MONTH_QUARTER_YEAR = ['monthly', 'quarterly', 'annual'];

/** A commodity or an indicator of the economy: dates and values, a dot where there is none. */
function indicator(
  frequency: string,
  { intervals, optional = [] }: { intervals?: readonly string[]; optional?: readonly string[] } = {},
): FunctionShape {
  return {
    parameters: {
      required: [],
      optional: [...(intervals === undefined ? [] : ['interval']), ...optional],
      ...(intervals === undefined ? {} : { values: { interval: intervals } }),
    },
    container: 'data',
    records: '@',
    columns: [time('date', 'date'), measure('value', 'decimal(28,12)', { kind: 'level' })],
    csvNames: { date: 'timestamp' },
    series: { frequency, provisional: 'none' },
  };
}

export const ECONOMY: readonly FunctionEntry[] = [
  ...['WTI', 'BRENT', 'NATURAL_GAS'].map((name): FunctionEntry => [
    name,
    indicator('{interval|monthly}', { intervals: DAY_WEEK_MONTH }),
  ]),
  ...['COPPER', 'ALUMINUM', 'WHEAT', 'CORN', 'COTTON', 'SUGAR', 'COFFEE', 'ALL_COMMODITIES'].map(
    (name): FunctionEntry => [name, indicator('{interval|monthly}', { intervals: MONTH_QUARTER_YEAR })],
  ),
  ['REAL_GDP', indicator('{interval|annual}', { intervals: ['quarterly', 'annual'] })],
  ['REAL_GDP_PER_CAPITA', indicator('3mo')],
  ['TREASURY_YIELD', indicator('{interval|monthly}', { intervals: DAY_WEEK_MONTH, optional: ['maturity'] })],
  ['FEDERAL_FUNDS_RATE', indicator('{interval|monthly}', { intervals: DAY_WEEK_MONTH })],
  ['CPI', indicator('{interval|monthly}', { intervals: ['monthly', 'semiannual'] })],
  ['INFLATION', indicator('1y')],
  ...['RETAIL_SALES', 'DURABLES', 'UNEMPLOYMENT', 'NONFARM_PAYROLL'].map((name): FunctionEntry => [
    name,
    indicator('1mo'),
  ]),
];
