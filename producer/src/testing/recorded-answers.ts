/** How one recorded answer is to be read. */
export interface Recorded {
  /** File of `k8s/catalogue/` that reads it. */
  feed: string;
  contentType?: string;
  /** Columns by field of the expectation, where the name or the path of a column does not tell; null: not told apart. */
  fields?: Record<string, string | null>;
  /** Event time of the first record. */
  firstTime?: string;
  /** Code of the error that it must be. */
  refused?: string;
}

const intraday = (refused: string): Recorded => ({ feed: 'alpha-vantage-intraday', refused });
const bar = {
  ts: 'timestamp',
  tz: null,
  '1. open': 'open',
  '2. high': 'high',
  '3. low': 'low',
  '4. close': 'close',
  '5. volume': 'volume',
};
const rate = {
  '1. From_Currency Code': 'from_currency',
  '2. From_Currency Name': 'From_Currency Name',
  '3. To_Currency Code': 'to_currency',
  '4. To_Currency Name': 'To_Currency Name',
  '5. Exchange Rate': 'exchange_rate',
  '6. Last Refreshed': 'last_refreshed',
  '7. Time Zone': 'Time Zone',
  '8. Bid Price': 'bid_price',
  '9. Ask Price': 'ask_price',
};

/** Each file of `../shared/fixtures` with the feed that reads it. */
export const RECORDED: Record<string, Recorded> = {
  'alphavantage/time_series_intraday_1min_MSFT_2017.json': {
    feed: 'alpha-vantage-intraday',
    fields: bar,
    firstTime: '2017-12-18T19:56:00.000Z',
  },
  'alphavantage/income_statement_IBM_2020.json': { feed: 'alpha-vantage-income' },
  'alphavantage/crypto_intraday_5min_ETH_USD_2025.json': {
    feed: 'alpha-vantage-crypto',
    fields: bar,
    firstTime: '2025-08-24T15:40:00.000Z',
  },
  'alphavantage/currency_exchange_rate_dash_bid_ask_2020.json': {
    feed: 'alpha-vantage-exchange-rate',
    fields: rate,
  },
  'alphavantage/currency_exchange_rate_USD_JPY_2026.json': {
    feed: 'alpha-vantage-exchange-rate',
    fields: rate,
    firstTime: '2026-05-17T17:12:44.000Z',
  },
  'alphavantage/time_series_intraday_5min_IBM.csv': {
    feed: 'alpha-vantage-intraday-csv',
    firstTime: '2026-05-15T23:55:00.000Z',
  },
  'alphavantage/time_series_monthly_adjusted_IBM.csv': {
    feed: 'alpha-vantage-monthly-csv',
    fields: { timestamp: 'date' },
  },
  'alphavantage/aluminum_monthly.csv': { feed: 'alpha-vantage-aluminum', fields: { timestamp: 'date' } },
  'alphavantage/dividends_IBM.csv': { feed: 'alpha-vantage-dividends' },
  'alphavantage/earnings_calendar.csv': { feed: 'alpha-vantage-earnings-calendar' },
  'alphavantage/top_gainers_losers.json': {
    feed: 'alpha-vantage-movers',
    fields: { ts: 'last_updated' },
    firstTime: '2026-05-15T20:16:00.000Z',
  },
  'alphavantage/market_status.json': { feed: 'alpha-vantage-markets' },
  'alphavantage/analytics_sliding_window.json': {
    feed: 'alpha-vantage-analytics',
    fields: { ts: 'date', calc: 'calculation' },
  },
  'alphavantage/SAMPLE_realtime_options_premium_placeholder.json': {
    feed: 'alpha-vantage-options',
    refused: 'NotEntitled',
  },
  'alphavantage/error_note_5_per_minute.json': intraday('RateLimited'),
  'alphavantage/error_information_25_per_day.json': intraday('QuotaExhausted'),
  'alphavantage/error_information_1_per_second.json': intraday('RateLimited'),
  'alphavantage/error_information_premium.json': intraday('NotEntitled'),
  'alphavantage/error_information_demo_key.json': intraday('AuthFailed'),
  'alphavantage/error_information_outputsize_full.json': intraday('NotEntitled'),
  'alphavantage/error_information_news_invalid_inputs.json': { feed: 'alpha-vantage-news' },
  'alphavantage/error_message_invalid_call.json': intraday('BadRequest'),
  'alphavantage/error_message_apikey.json': intraday('AuthFailed'),
  'alphavantage/error_http406_accept.json': intraday('BadRequest'),
  'alphavantage/empty_object.json': { feed: 'alpha-vantage-intraday' },
  'alphavantage/empty_global_quote.json': { feed: 'alpha-vantage-quote' },
  'alphavantage/error_information_as_csv_7col.csv': {
    feed: 'alpha-vantage-earnings-calendar',
    refused: 'RateLimited',
  },
  'alphavantage/error_information_as_csv_6col.csv': {
    feed: 'alpha-vantage-intraday-csv',
    refused: 'RateLimited',
  },
  'usgs_earthquake/all_hour.geojson': {
    feed: 'usgs-earthquakes',
    fields: { mag: 'magnitude', lon: 'longitude', lat: 'latitude' },
    firstTime: '2017-07-29T23:21:56.380Z',
  },
  'worldbank/gdp_usa_per_page_5000.json': {
    feed: 'worldbank-gdp',
    fields: { date: 'year', country: null },
    firstTime: '2016-01-01T00:00:00.000Z',
  },
  'bls/CES0500000003.json': {
    feed: 'bls-earnings',
    fields: { ts: 'month' },
    firstTime: '2017-06-01T00:00:00.000Z',
  },
  'socrata/michigan_facts_rows.json': {
    feed: 'socrata-facts',
    fields: { ':id': 'row_id', ':updated_at': 'updated_at' },
    firstTime: '2014-09-06T01:34:01.000Z',
  },
  'pagination/reddit_listing_after.json': {
    feed: 'reddit-listing',
    firstTime: '2017-07-29T09:39:54.000Z',
  },
  'centralbanks/bundesbank_sdmx_bom.csv': { feed: 'bundesbank-rates' },
  'centralbanks/boj_columnar.json': {
    feed: 'boj-exchange-rates',
    fields: { ts: 'date' },
    firstTime: '2026-03-01T00:00:00.000Z',
  },
  'centralbanks/banco_portugal_jsonstat.json': { feed: 'bportugal-rates', fields: { ts: 'date' } },
  'centralbanks/chile_bcch_nan.json': {
    feed: 'bcch-dollar',
    firstTime: '2026-03-02T00:00:00.000Z',
  },
  'centralbanks/bnm_float_noise.json': { feed: 'bnm-rates' },
  'centralbanks/gambia_ms_pairs.json': { feed: 'gambia-dollar', firstTime: '2026-05-22T00:00:00.000Z' },
  'centralbanks/cbr_daily_windows1251.xml': {
    feed: 'cbr-daily',
    contentType: 'text/xml; charset=windows-1251',
    fields: { ts: 'date', ID: '@ID' },
    firstTime: '2026-04-24T21:00:00.000Z',
  },
  'centralbanks/hnb_decimal_comma.json': { feed: 'hnb-rates' },
  'centralbanks/imf_rep_rates_wide.tsv': {
    feed: 'imf-representative-rates',
    fields: { ts: 'date' },
    firstTime: '2026-03-02T00:00:00.000Z',
  },
  'centralbanks/mas_preamble.csv': {
    feed: 'mas-rates',
    fields: { ts: 'date' },
    firstTime: '2026-03-01T16:00:00.000Z',
  },
  'centralbanks/mnb_soap_escaped_xml.xml': { feed: 'mnb-rates', fields: { ts: 'date', curr: 'currency' } },
  'centralbanks/rba_multirow_header_bom.csv': {
    feed: 'rba-exchange-rates',
    fields: { ts: 'date' },
    firstTime: '2023-01-02T13:00:00.000Z',
  },
  'centralbanks/tcmb_evds_numberlong.json': {
    feed: 'tcmb-rates',
    fields: { ts: 'time' },
    firstTime: '2026-03-01T21:00:00.000Z',
  },
  'centralbanks/bcb_odata_trailing_zeros.json': {
    feed: 'bcb-ptax',
    firstTime: '2026-03-02T16:09:26.433Z',
  },
  'fred/series_observations_DEXBZUS.json': { feed: 'fred-observations' },
  'ecb/eurofxref_daily.xml': { feed: 'ecb-reference-rates', fields: { ts: 'date' } },
  'coingecko/ohlc_7d.json': { feed: 'coingecko-ohlc' },
  'coingecko/market_chart_90d.json': { feed: 'coingecko-market-chart' },
  'coingecko/exchange_volume_chart_7d_huge_decimals.json': {
    feed: 'coingecko-exchange-volume',
    firstTime: '2021-05-09T09:00:00.000Z',
  },
  'tiingo/daily_prices_weekly_GOOGL.csv': { feed: 'tiingo-weekly' },
  'tiingo/fundamentals_daily_GOOGL.json': { feed: 'tiingo-fundamentals' },
  'iex/chart_1d_interval10_MSFT.json': {
    feed: 'iex-intraday',
    firstTime: '2019-08-09T13:30:00.000Z',
  },
  'iex/isin_mapped.json': { feed: 'iex-isin' },
  'iex/isin_mapped_null.json': { feed: 'iex-isin' },
  'iex/price_bare_scalar.json': { feed: 'iex-price' },
  'iex/error_unknown_symbol_404.txt': { feed: 'iex-price', refused: 'BodySyntax' },
  'open_meteo/not_covered_invalid_json_nan.json': { feed: 'open-meteo-satellite', refused: 'BodySyntax' },
  'nws/alerts_active_zone.json': { feed: 'nws-alerts', firstTime: '2019-12-20T21:34:00.000Z' },
  'nws/gridpoints_layers.json': { feed: 'nws-gridpoints', firstTime: '2022-02-03T21:00:00.000Z' },
  'usgs_water/waterservices_dv_waterml.json': {
    feed: 'usgs-water-daily',
    fields: { noData: 'no_data' },
    firstTime: '2020-02-14T05:00:00.000Z',
  },
  'usgs_water/samples_summary_quoted.csv': { feed: 'usgs-samples-summary' },
  'polygon/v3_quotes_ns_cursor.json': { feed: 'polygon-quotes', firstTime: '2022-05-10T14:11:12.800Z' },
};
