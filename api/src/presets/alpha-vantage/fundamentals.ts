import type { Column } from '../../spec/columns.ts';
import { amount, count, date, key, measure, ratio, text, time } from './columns.ts';
import type { FunctionEntry, FunctionShape } from './function-shape.ts';

const SYMBOL = { required: ['symbol'], optional: [] };
const OF_SYMBOL = { symbol: 'symbol' };

/** `totalRevenue` is the column total_revenue. */
const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Yearly and quarterly statements as one feed, told apart by `period`; what is not declared here is kept beside. */
const statement = (...amounts: string[]): FunctionShape => ({
  parameters: SYMBOL,
  formats: ['json'],
  needs: ['annualReports', 'quarterlyReports'],
  records: `entries(pick(@, 'annualReports', 'quarterlyReports'), 'period')`,
  fromParameters: OF_SYMBOL,
  columns: [
    key('symbol'),
    key('period'),
    time('fiscal_date_ending', 'date', { path: 'fiscalDateEnding' }),
    text('reported_currency', 'reportedCurrency'),
    ...amounts.map((name) => amount(snake(name), name)),
  ],
});

/** A list of one company under `data`. */
const listOfSymbol = (columns: readonly Column[]): FunctionShape => ({
  parameters: SYMBOL,
  container: 'data',
  records: '@',
  fromParameters: OF_SYMBOL,
  columns: [key('symbol'), ...columns],
});

export const FUNDAMENTALS: readonly FunctionEntry[] = [
  [
    'OVERVIEW',
    {
      parameters: SYMBOL,
      formats: ['json'],
      needs: ['Symbol'],
      records: '@',
      columns: [
        key('symbol', 'Symbol'),
        text('name', 'Name'),
        text('asset_type', 'AssetType'),
        text('exchange', 'Exchange'),
        text('currency', 'Currency'),
        text('sector', 'Sector'),
        text('industry', 'Industry'),
        date('latest_quarter', 'LatestQuarter'),
        amount('market_capitalization', 'MarketCapitalization'),
        ratio('pe_ratio', 'PERatio'),
        ratio('eps', 'EPS'),
        ratio('dividend_yield', 'DividendYield'),
        ratio('beta', 'Beta'),
        amount('week_high_52', '52WeekHigh'),
        amount('week_low_52', '52WeekLow'),
      ],
    },
  ],
  [
    'ETF_PROFILE',
    {
      parameters: SYMBOL,
      formats: ['json'],
      needs: ['sectors', 'holdings'],
      records: `entries(pick(@, 'sectors', 'holdings'), 'list')`,
      fromParameters: { fund: 'symbol' },
      columns: [
        key('fund'),
        key('list'),
        key('name', 'not_null(sector, description, symbol)'),
        text('symbol'),
        measure('weight', 'double', { kind: 'rate' }),
      ],
    },
  ],
  [
    'DIVIDENDS',
    listOfSymbol([
      time('ex_dividend_date', 'date'),
      date('declaration_date'),
      date('record_date'),
      date('payment_date'),
      amount('amount'),
    ]),
  ],
  ['SPLITS', listOfSymbol([time('effective_date', 'date'), ratio('split_factor')])],
  [
    'SHARES_OUTSTANDING',
    listOfSymbol([
      time('date', 'date'),
      count('shares_outstanding_diluted'),
      count('shares_outstanding_basic'),
    ]),
  ],
  [
    'INCOME_STATEMENT',
    statement('totalRevenue', 'grossProfit', 'operatingIncome', 'ebit', 'incomeBeforeTax', 'netIncome'),
  ],
  [
    'BALANCE_SHEET',
    statement(
      'totalAssets',
      'totalLiabilities',
      'totalShareholderEquity',
      'cashAndShortTermInvestments',
      'longTermDebt',
    ),
  ],
  [
    'CASH_FLOW',
    statement(
      'operatingCashflow',
      'capitalExpenditures',
      'cashflowFromInvestment',
      'cashflowFromFinancing',
      'netIncome',
    ),
  ],
  [
    'EARNINGS',
    {
      parameters: SYMBOL,
      formats: ['json'],
      needs: ['annualEarnings', 'quarterlyEarnings'],
      records: `entries(pick(@, 'annualEarnings', 'quarterlyEarnings'), 'period')`,
      fromParameters: OF_SYMBOL,
      columns: [
        key('symbol'),
        key('period'),
        time('fiscal_date_ending', 'date', { path: 'fiscalDateEnding' }),
        amount('reported_eps', 'reportedEPS'),
        date('reported_date', 'reportedDate'),
        amount('estimated_eps', 'estimatedEPS'),
        amount('surprise'),
        ratio('surprise_percentage', 'surprisePercentage'),
        text('report_time', 'reportTime'),
      ],
    },
  ],
  [
    'EARNINGS_ESTIMATES',
    {
      parameters: SYMBOL,
      formats: ['json'],
      container: 'estimates',
      records: '@',
      fromParameters: OF_SYMBOL,
      columns: [key('symbol'), key('horizon'), time('date', 'date')],
    },
  ],
  [
    'LISTING_STATUS',
    {
      parameters: { required: [], optional: ['date', 'state'] },
      formats: ['csv'],
      records: '@',
      columns: [
        // A ticker is given again after its company has gone, and the list of those that went holds both.
        key('symbol'),
        key('exchange'),
        time('ipo_date', 'date', { path: 'ipoDate' }),
        text('name'),
        text('asset_type', 'assetType'),
        date('delisting_date', 'delistingDate'),
        text('status'),
      ].map((column) => (column.role === 'key' ? column : { ...column, nulls: ['null'] })),
    },
  ],
  [
    'EARNINGS_CALENDAR',
    {
      parameters: { required: [], optional: ['symbol', 'horizon'] },
      formats: ['csv'],
      records: '@',
      columns: [
        key('symbol'),
        time('report_date', 'date', { path: 'reportDate' }),
        text('name'),
        date('fiscal_date_ending', 'fiscalDateEnding'),
        amount('estimate'),
        text('currency'),
        text('time_of_the_day', 'timeOfTheDay'),
      ],
    },
  ],
  [
    'IPO_CALENDAR',
    {
      parameters: { required: [], optional: [] },
      formats: ['csv'],
      records: '@',
      columns: [
        key('symbol'),
        time('ipo_date', 'date', { path: 'ipoDate' }),
        text('name'),
        amount('price_range_low', 'priceRangeLow'),
        amount('price_range_high', 'priceRangeHigh'),
        text('currency'),
        text('exchange'),
      ],
    },
  ],
];
