/** Each family of functions by a small answer of our own writing, in the shape that the provider gives it. */
import { describe, expect, it } from '@jest/globals';
import { alphaVantagePreset } from '@tributary/api';
import { RecordShape } from '../extract/record.ts';
import { compileAlphaVantageReader } from './alpha-vantage-answer.ts';

type Parameters = Record<string, string>;

function rows(name: string, parameters: Parameters, body: string): Record<string, string | null>[] {
  const preset = alphaVantagePreset({
    function: name,
    parameters: Object.entries(parameters).map(([key, value]) => ({ name: key, value })),
  });
  if (preset === undefined) throw new Error(`no preset for ${name}`);
  const answer = compileAlphaVantageReader(preset)(body);
  const shape = new RecordShape(preset.columns, { nulls: ['None', '.', '-'] });
  return [...answer.records].map((raw) => {
    const { value, eventTime } = shape.read(raw, answer);
    return { ...(JSON.parse(value) as Record<string, string | null>), eventTime };
  });
}

const IBM = { symbol: 'IBM' };
const INDICATOR = { ...IBM, interval: 'daily', series_type: 'close' };

describe('an answer of Alpha Vantage', () => {
  it.each<[string, Parameters, string, object[]]>([
    [
      'TIME_SERIES_DAILY',
      IBM,
      '{"Meta Data":{"5. Time Zone":"US/Eastern"},"Time Series (Daily)":{"2026-03-06":{"1. open":"1.2300","5. volume":"10"}}}',
      [
        {
          symbol: 'IBM',
          date: '2026-03-06',
          open: '1.2300',
          volume: '10',
          eventTime: '2026-03-06T05:00:00.000Z',
        },
      ],
    ],
    [
      'TIME_SERIES_DAILY_ADJUSTED',
      { ...IBM, datatype: 'csv' },
      'timestamp,open,adjusted_close,dividend_amount\r\n2026-03-06,1.0,2.00,0.5\r\n',
      [{ symbol: 'IBM', date: '2026-03-06', adjusted_close: '2.00', dividend_amount: '0.5' }],
    ],
    [
      'FX_DAILY',
      { from_symbol: 'EUR', to_symbol: 'USD' },
      '{"Meta Data":{"6. Time Zone":"UTC"},"Time Series FX (Daily)":{"2026-03-06":{"1. open":"1.10"}}}',
      [{ from_symbol: 'EUR', to_symbol: 'USD', open: '1.10', eventTime: '2026-03-06T00:00:00.000Z' }],
    ],
    [
      'DIGITAL_CURRENCY_DAILY',
      { symbol: 'BTC', market: 'EUR' },
      '{"Time Series (Digital Currency Daily)":{"2026-03-06":{"1a. price (EUR)":"1.0","4. close":"67260.37000000"}}}',
      [{ symbol: 'BTC', market: 'EUR', close: '67260.37000000', 'price (EUR)': '1.0' }],
    ],
    [
      'GLOBAL_QUOTE',
      IBM,
      '{"Global Quote - DATA DELAYED BY 15 MINUTES":{"01. symbol":"IBM","05. price":"218.2000","07. latest trading day":"2026-03-06","10. change percent":"-0.5852%"}}',
      [{ symbol: 'IBM', price: '218.2000', latest_trading_day: '2026-03-06', change_percent: '-0.5852' }],
    ],
    [
      'GLOBAL_QUOTE',
      { ...IBM, datatype: 'csv' },
      'symbol,price,latestDay,changePercent\r\nIBM,218.2000,2026-03-06,1.5%\r\n',
      [{ symbol: 'IBM', price: '218.2000', latest_trading_day: '2026-03-06', change_percent: '1.5' }],
    ],
    [
      'SYMBOL_SEARCH',
      { keywords: 'x' },
      '{"bestMatches":[{"1. symbol":"X","9. matchScore":"1.0000"}]}',
      [{ symbol: 'X', match_score: '1.0000' }],
    ],
    [
      'HISTORICAL_OPTIONS',
      IBM,
      '{"endpoint":"Historical Options","message":"success","data":[{"contractID":"IBM26C","date":"2026-03-06","strike":"100.00","bid":"-"}]}',
      [{ contract_id: 'IBM26C', strike: '100.00', bid: null }],
    ],
    [
      'CURRENCY_EXCHANGE_RATE',
      { from_currency: 'USD', to_currency: 'JPY' },
      '{"Realtime Currency Exchange Rate":{"1. From_Currency Code":"USD","3. To_Currency Code":"JPY","5. Exchange Rate":"158.73166867","6. Last Refreshed":"2026-05-17 17:12:44","7. Time Zone":"UTC"}}',
      [{ from_currency: 'USD', exchange_rate: '158.73166867', eventTime: '2026-05-17T17:12:44.000Z' }],
    ],
    [
      'OVERVIEW',
      IBM,
      '{"Symbol":"IBM","PERatio":"None","52WeekHigh":"300.1"}',
      [{ symbol: 'IBM', pe_ratio: null, week_high_52: '300.1' }],
    ],
    [
      'ETF_PROFILE',
      { symbol: 'QQQ' },
      '{"net_assets":"1","sectors":[{"sector":"TECH","weight":"0.5"}],"holdings":[{"symbol":"N","description":"NV","weight":"0.1"}]}',
      [
        { fund: 'QQQ', list: 'sectors', name: 'TECH', weight: '0.5' },
        { list: 'holdings', name: 'NV', symbol: 'N' },
      ],
    ],
    [
      'SPLITS',
      IBM,
      '{"symbol":"IBM","data":[{"effective_date":"1999-05-27","split_factor":"2.0000"}]}',
      [{ symbol: 'IBM', effective_date: '1999-05-27', split_factor: '2.0000' }],
    ],
    [
      'BALANCE_SHEET',
      IBM,
      '{"symbol":"IBM","annualReports":[{"fiscalDateEnding":"2025-12-31","totalAssets":"7"}],"quarterlyReports":[{"fiscalDateEnding":"2025-12-31","totalAssets":"None"}]}',
      [
        { symbol: 'IBM', period: 'annualReports', total_assets: '7' },
        { period: 'quarterlyReports', total_assets: null },
      ],
    ],
    [
      'EARNINGS',
      IBM,
      '{"symbol":"IBM","annualEarnings":[{"fiscalDateEnding":"2025-12-31","reportedEPS":"9.5"}],"quarterlyEarnings":[]}',
      [{ period: 'annualEarnings', reported_eps: '9.5' }],
    ],
    [
      'EARNINGS_ESTIMATES',
      IBM,
      '{"symbol":"IBM","estimates":[{"date":"2026-12-31","horizon":"fiscal year","eps_estimate_average":null}]}',
      [{ symbol: 'IBM', horizon: 'fiscal year', eps_estimate_average: null }],
    ],
    [
      'LISTING_STATUS',
      {},
      'symbol,name,exchange,ipoDate,delistingDate\r\nA,Agilent,NYSE,1999-11-18,null\r\nB,X,NYSE,null,2020-01-02\r\n',
      [
        { symbol: 'A', exchange: 'NYSE', ipo_date: '1999-11-18', delisting_date: null },
        { symbol: 'B', ipo_date: null, delisting_date: '2020-01-02' },
      ],
    ],
    [
      'IPO_CALENDAR',
      {},
      'symbol,name,ipoDate,priceRangeLow\r\nX,Y,2026-06-01,10\r\n',
      [{ symbol: 'X', ipo_date: '2026-06-01', price_range_low: '10' }],
    ],
    [
      'NEWS_SENTIMENT',
      { tickers: 'IBM' },
      '{"items":"1","feed":[{"url":"u","time_published":"20260517T110100","overall_sentiment_score":0.123,"topics":[{"topic":"t"}]}]}',
      [{ url: 'u', overall_sentiment_score: '0.123', eventTime: '2026-05-17T11:01:00.000Z' }],
    ],
    [
      'TOP_GAINERS_LOSERS',
      {},
      '{"last_updated":"2026-05-15 16:16:00 US/Eastern","top_gainers":[{"ticker":"A","price":"1","change_percentage":"17900.0%"}],"top_losers":[],"most_actively_traded":[{"ticker":"A","price":"1"}]}',
      [
        {
          list: 'top_gainers',
          ticker: 'A',
          change_percentage: '17900.0',
          eventTime: '2026-05-15T20:16:00.000Z',
        },
        { list: 'most_actively_traded' },
      ],
    ],
    [
      'INSIDER_TRANSACTIONS',
      IBM,
      '{"data":[{"transaction_date":"2026-03-06","ticker":"IBM","executive":"E","security_type":"S","acquisition_or_disposal":"A","shares":"10.0","share_price":""}]}',
      [{ executive: 'E', shares: '10.0', share_price: '' }],
    ],
    [
      'EARNINGS_CALL_TRANSCRIPT',
      { ...IBM, quarter: '2026Q1' },
      '{"symbol":"IBM","quarter":"2026Q1","transcript":[{"speaker":"A","content":"x"},{"speaker":"A","content":"y"}]}',
      [
        { quarter: '2026Q1', part: '1', content: 'x' },
        { part: '2', content: 'y' },
      ],
    ],
    [
      'ANALYTICS_FIXED_WINDOW',
      { SYMBOLS: 'A,B', RANGE: '1month', INTERVAL: 'DAILY', CALCULATIONS: 'MEAN,CORRELATION' },
      '{"meta_data":{"max_dt":"2026-05-15"},"payload":{"RETURNS_CALCULATIONS":{"MEAN":{"A":7.5e-05,"B":0.10},"CORRELATION":{"index":["A","B"],"correlation":[[1.0],[0.25,1.0]]}}}}',
      [
        { calculation: 'MEAN', symbol: 'A', value: '7.5e-05', date: '2026-05-15' },
        { calculation: 'MEAN', symbol: 'B', value: '0.10' },
        { calculation: 'CORRELATION', symbol: 'A', other: 'A', value: '1.0' },
        { symbol: 'B', other: 'A', value: '0.25' },
        { symbol: 'B', other: 'B', value: '1.0' },
      ],
    ],
    [
      'WTI',
      { interval: 'monthly' },
      '{"name":"n","data":[{"date":"2026-03-01","value":"."},{"date":"2026-02-01","value":"70.10"}]}',
      [{ date: '2026-03-01', value: null }, { value: '70.10' }],
    ],
    [
      'CPI',
      { datatype: 'csv' },
      'timestamp,value\r\n2026-03-01,320.10\r\n',
      [{ date: '2026-03-01', value: '320.10' }],
    ],
    [
      'SMA',
      INDICATOR,
      '{"Meta Data":{"1: Symbol":"IBM","5: Time Period":10,"7: Time Zone":"US/Eastern Time"},"Technical Analysis: SMA":{"2026-03-06 15:55":{"SMA":"255.1000"}}}',
      [{ symbol: 'IBM', sma: '255.1000', eventTime: '2026-03-06T20:55:00.000Z' }],
    ],
    [
      'AD',
      { ...IBM, interval: 'daily' },
      '{"Technical Analysis: Chaikin A/D":{"2026-03-06":{"Chaikin A/D":"1.5"}}}',
      [{ chaikin_a_d: '1.5' }],
    ],
    [
      'BBANDS',
      { ...INDICATOR, datatype: 'csv' },
      'time,Real Lower Band,Real Middle Band,Real Upper Band\r\n2026-03-06,1,2,3\r\n',
      [{ symbol: 'IBM', time: '2026-03-06', real_lower_band: '1', real_upper_band: '3' }],
    ],
    [
      'GOLD_SILVER_SPOT',
      { symbol: 'XAU' },
      '{"nominal":"XAUUSD","timestamp":"2026-03-06 09:00:00","price":"5012.340"}',
      [{ symbol: 'XAU', price: '5012.340', eventTime: '2026-03-06T09:00:00.000Z' }],
    ],
    [
      'GOLD_SILVER_HISTORY',
      { symbol: 'SILVER', interval: 'daily' },
      '{"nominal":"XAGUSD","data":[{"date":"2026-03-06","price":"80.10"}]}',
      [{ symbol: 'SILVER', date: '2026-03-06', price: '80.10' }],
    ],
    [
      'INDEX_DATA',
      { symbol: 'SPX', interval: 'daily' },
      '{"Meta Data":{"1. Symbol":"SPX"},"Time Series (Daily)":{"2026-03-06":{"1. open":"6800.10"}}}',
      [{ symbol: 'SPX', date: '2026-03-06', open: '6800.10' }],
    ],
    [
      'INDEX_DATA',
      { symbol: 'SPX', interval: 'daily' },
      '{"symbol":"SPX","data":[{"date":"2026-03-06","open":"6800.10"}]}',
      [{ symbol: 'SPX', date: '2026-03-06', open: '6800.10' }],
    ],
    [
      'INDEX_CATALOG',
      {},
      '[{"symbol":"SPX","name":"S&P 500"},{"symbol":"VIX","name":"Volatility"}]',
      [
        { symbol: 'SPX', name: 'S&P 500' },
        { symbol: 'VIX', name: 'Volatility' },
      ],
    ],
    ['INDEX_CATALOG', {}, '{"SPX":"S&P 500"}', [{ symbol: 'SPX', name: 'S&P 500' }]],
    ['INDEX_CATALOG', {}, '{"data":[{"symbol":"SPX","name":"S&P 500"}]}', [{ symbol: 'SPX' }]],
    ['INDEX_CATALOG', { datatype: 'csv' }, 'symbol,name\r\nSPX,S&P 500\r\n', [{ symbol: 'SPX' }]],
    [
      'REALTIME_BULK_BID_ASK_PRICES',
      { symbol: 'IBM,MSFT' },
      '{"message":"success","data":[{"symbol":"IBM","timestamp":"2026-03-06 15:59:58.120","bid_price":"255.10","bid_size":"200","ask_price":"255.12","ask_size":"100"}]}',
      [{ symbol: 'IBM', bid_price: '255.10', ask_size: '100', eventTime: '2026-03-06T20:59:58.120Z' }],
    ],
    [
      'INSTITUTIONAL_HOLDINGS',
      IBM,
      '{"symbol":"IBM","total_institutional_holders":"2","total_institutional_shares":"15","total_institutional_ownership_percentage":"77%","holdings":[{"holder_name":"A","shares_held":"10","shares_changed":"-2","shares_changed_percentage":"-16.67%","change_type":"decreased","last_reported":"2025-12-31"},{"holder_name":"B","shares_held":"5"}]}',
      [
        { symbol: 'IBM', holder_name: 'total', shares_held: '15', ownership_percentage: '77' },
        {
          holder_name: 'A',
          shares_held: '10',
          shares_changed_percentage: '-16.67',
          last_reported: '2025-12-31',
        },
        { symbol: 'IBM', holder_name: 'B', shares_held: '5', ownership_percentage: null },
      ],
    ],
    [
      'REALTIME_PUT_CALL_RATIO',
      IBM,
      '{"symbol":"IBM","date":"latest","put_call_ratio_full_chain":"0.46","put_call_ratio_by_expiration":[{"date":"2026-03-20","value":"0.51"}]}',
      [
        { symbol: 'IBM', expiration: 'all', put_call_ratio: '0.46', eventTime: '' },
        { symbol: 'IBM', expiration: '2026-03-20', put_call_ratio: '0.51' },
      ],
    ],
    [
      'HISTORICAL_PUT_CALL_RATIO',
      { ...IBM, date: '2026-03-06' },
      '{"symbol":"IBM","date":"2026-03-06","put_call_ratio_full_chain":"0.46","put_call_ratio_by_expiration":[]}',
      [{ expiration: 'all', eventTime: '2026-03-06T05:00:00.000Z' }],
    ],
    [
      'CONGRESS_TRADES',
      IBM,
      '{"symbol":"IBM","trades":[{"bioguide_id":"S000250","politician":"Hon. Pete Sessions","asset_name":"IBM","transaction_type":"SELL","transaction_date":"2026-02-22","filed_date":"2026-03-01","amount_min":100001,"amount_max":250000}]}',
      [
        {
          trade: 'S000250|Hon. Pete Sessions||IBM|SELL||100001|250000|2026-03-01',
          occurrence: '1',
          amount_min: '100001',
          owner_code: null,
          eventTime: '2026-02-22T05:00:00.000Z',
        },
      ],
    ],
    [
      'CONGRESS_TRADES',
      IBM,
      '{"trades":[{"politician":"A","symbol":"X","transaction_date":"2026-02-22","amount_min":1001},{"politician":"A","symbol":"X","transaction_date":"2026-02-23","amount_min":1001},{"politician":"A","symbol":"X","transaction_date":"2026-02-22","amount_min":1001}]}',
      [
        { trade: '|A|X||||1001||', occurrence: '1', eventTime: '2026-02-22T05:00:00.000Z' },
        { occurrence: '2', eventTime: '2026-02-22T05:00:00.000Z' },
        { occurrence: '1', eventTime: '2026-02-23T05:00:00.000Z' },
      ],
    ],
    [
      'CONGRESS_TRADES',
      { ...IBM, datatype: 'csv' },
      'politician,symbol,transaction_date\r\nA,X,2026-02-22\r\nA,X,2026-02-22\r\n',
      [{ occurrence: '1' }, { occurrence: '2' }],
    ],
    [
      'POLITICIAN_METADATA',
      {},
      '{"politicians":[{"bioguide_id":"S000250","display_name":"Pete Sessions","party":"R","aliases":["Hon. Pete Sessions"]}]}',
      [{ bioguide_id: 'S000250', display_name: 'Pete Sessions', aliases: '["Hon. Pete Sessions"]' }],
    ],
    [
      'COMPANY_LOGO',
      IBM,
      '{"logo":"https://example.com/ibm.png"}',
      [{ symbol: 'IBM', logo: 'https://example.com/ibm.png' }],
    ],
    [
      'HISTORICAL_VOLUME_OPEN_INTEREST_RATIO',
      IBM,
      '{"symbol":"IBM","data":[{"contract":"IBM26C","ratio":"0.75000000"},{"contract":"IBM26P","ratio":null}]}',
      [
        { symbol: 'IBM', part: '1' },
        { symbol: 'IBM', part: '2' },
      ],
    ],
    [
      'REALTIME_OPTIONS_FMV',
      IBM,
      '{"message":"success","data":[{"contractID":"IBM26C","date":"2026-03-06","fair_value":"1.20"}]}',
      [{ contract_id: 'IBM26C', fair_value: '1.20' }],
    ],
  ])('of %s %j', (name, parameters, body, expected) => {
    expect(rows(name, parameters, body)).toEqual(expected.map((row) => expect.objectContaining(row)));
  });

  it('in CSV may be an error in JSON, or a word spread over cells', () => {
    const read = (body: string) => () => rows('DIVIDENDS', { ...IBM, datatype: 'csv' }, body);
    expect(
      read(
        '{"Information":"We have detected your API key as X and our standard API rate limit is 25 requests per day."}',
      ),
    ).toThrow(expect.objectContaining({ code: 'QuotaExhausted' }));
    expect(read('a,b,c,d,e,f\r\nI,n,f,o,r,m\r\n')).toThrow(expect.objectContaining({ code: 'RateLimited' }));
    expect(read('ex_dividend_date,amount\r\n')()).toEqual([]);
  });

  it.each([
    ['INCOME_STATEMENT', '{"symbol":"NOPE","annualReports":[],"quarterlyReports":[]}'],
    ['GLOBAL_QUOTE', '{"Global Quote":{}}'],
    ['SYMBOL_SEARCH', '{"bestMatches":[]}'],
    ['OVERVIEW', '{}'],
  ])('that says nothing is no records, never an error: %s', (name, body) => {
    expect(rows(name, IBM, body)).toEqual([]);
  });

  it('in another shape than known is one, never no data', () => {
    expect(() => rows('INCOME_STATEMENT', IBM, '{"reports":[]}')).toThrow(
      expect.objectContaining({ code: 'UpstreamShapeChanged' }),
    );
  });
});
