import { describe, expect, it } from '@jest/globals';
import { alphaVantagePreset } from '@tributary/api';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { compileAlphaVantageReader } from './alpha-vantage-answer.ts';

function answer(body: string, name = 'TIME_SERIES_DAILY') {
  const preset = alphaVantagePreset({
    function: name,
    parameters: [
      { name: 'symbol', value: 'IBM' },
      { name: 'interval', value: '5min' },
    ],
  });
  if (preset === undefined) throw new Error(`no preset for ${name}`);
  return compileAlphaVantageReader(preset)(body);
}

function refusal(body: string): { code: string; retryAfterMs: number | undefined } {
  try {
    return { code: `accepted ${answer(body).records.length} records`, retryAfterMs: undefined };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return { code: error.code, retryAfterMs: error.retryAfterMs };
  }
}

// The wordings as Alpha Vantage has sent them since 2018, all with status 200.
const PREMIUM = 'You may subscribe to any of the premium plans at https://www.alphavantage.co/premium/ to';
describe("Alpha Vantage's refusals", () => {
  it.each([
    [
      'an invalid key',
      '{"Error Message": "the parameter apikey is invalid or missing. Please claim your free API key on (https://www.alphavantage.co/support/#api-key). It should take less than 20 seconds."}',
      'AuthFailed',
    ],
    [
      'an unknown symbol',
      '{"Error Message": "Invalid API call. Please retry or visit the documentation (https://www.alphavantage.co/documentation/) for TIME_SERIES_DAILY."}',
      'BadRequest',
    ],
    ['an unknown function', '{"Error Message": "This API function () does not exist."}', 'BadRequest'],
    [
      'too many a second, though it speaks of the day as well',
      `{"Information": "Thank you for using Alpha Vantage! Please consider spreading out your free API requests more sparingly (1 request per second). ${PREMIUM} lift the free key rate limit (25 requests per day) and instantly remove all daily rate limits."}`,
      'RateLimited',
    ],
    [
      "the day's quota, though it speaks of the API key",
      '{"Information": "We have detected your API key as XXXX and our standard API rate limit is 25 requests per day. Please subscribe to any of the premium plans at https://www.alphavantage.co/premium/ to instantly remove all daily rate limits."}',
      'QuotaExhausted',
    ],
    [
      'the limit of older days',
      '{"Note": "Thank you for using Alpha Vantage! Our standard API call frequency is 5 calls per minute and 500 calls per day. Please visit https://www.alphavantage.co/premium/ if you would like to target a higher API call frequency."}',
      'RateLimited',
    ],
    [
      'a premium endpoint',
      `{"Information": "Thank you for using Alpha Vantage! This is a premium endpoint. ${PREMIUM} instantly unlock all premium endpoints"}`,
      'NotEntitled',
    ],
    [
      'a premium parameter',
      `{"Information": "Thank you for using Alpha Vantage! The outputsize=full parameter value is a premium feature for the TIME_SERIES_DAILY endpoint. ${PREMIUM} instantly unlock all premium features"}`,
      'NotEntitled',
    ],
    [
      'the demo key',
      '{"Information": "The **demo** API key is for demo purposes only. Please claim your free API key at (https://www.alphavantage.co/support/#api-key) to explore our full API offerings. It takes fewer than 20 seconds."}',
      'AuthFailed',
    ],
    [
      'a burst on a premium key',
      '{"Information": "Burst pattern detected. Please consider spreading out your API requests more evenly across a 1-minute window and query no more than 30 requests per second."}',
      'RateLimited',
    ],
    [
      "the vendor's own fault",
      '{"Error Message": "The intraday time series encountered an internal or external error - we apologize for the inconvenience...."}',
      'UpstreamFailed',
    ],
    [
      'sample data that must not be taken for real',
      '{"endpoint": "Realtime Options", "message": "This is a premium endpoint. ***THE SAMPLE DATA SCHEMA BELOW IS ARTIFICIAL AND FOR ILLUSTRATION PURPOSES ONLY***", "data": [{"symbol": "IBM"}]}',
      'NotEntitled',
    ],
    ['a wording nobody has seen yet', '{"Information": "Wir bitten um Geduld."}', 'UpstreamFailed'],
    ['a list', '[]', 'UpstreamShapeChanged'],
    [
      'another container',
      '{"Meta Data": {}, "Time Series (Hourly)": {"2026-03-06": {}}}',
      'UpstreamShapeChanged',
    ],
  ])('tells %s', (_what, body, code) => {
    expect(refusal(body).code).toBe(code);
  });

  it('says when to come back', () => {
    expect(refusal('{"Information": "(1 request per second) (25 requests per day)"}').retryAfterMs).toBe(
      2_000,
    );
    expect(refusal('{"Note": "5 calls per minute and 500 calls per day"}').retryAfterMs).toBe(60_000);
  });

  it.each(['{}', '{"Meta Data": {"2. Symbol": "NOPE"}}'])('takes %s for no data, and says so', (body) => {
    expect(answer(body)).toMatchObject({ records: [], warning: expect.stringContaining('no data') });
  });

  it('takes an empty series for no records', () => {
    expect(answer('{"Meta Data": {}, "Time Series (Daily)": {}}').records).toEqual([]);
  });
});

describe("Alpha Vantage's records", () => {
  it('carry symbol and time, and members without their numbers', () => {
    const { records, zone } = answer(
      '{"Meta Data": {"2. Symbol": "IBM", "4. Time Zone": "US/Eastern"}, "Weekly Adjusted Time Series": {"2026-03-06": {"1. open": "255.8000", "5. adjusted close": "250.1200", "7. dividend amount": "0.0000"}}}',
      'TIME_SERIES_WEEKLY_ADJUSTED',
    );
    expect(records).toEqual([
      {
        symbol: 'IBM',
        date: '2026-03-06',
        open: '255.8000',
        'adjusted close': '250.1200',
        'dividend amount': '0.0000',
      },
    ]);
    expect(zone).toBe('US/Eastern');
  });

  it('are found by the beginning of their container, whatever interval or entitlement it goes on with', () => {
    expect(
      answer(
        '{"Time Series (5min) - DATA DELAYED BY 15 MINUTES": {"2026-03-06 09:35:00": {"1. open": "1.0"}}}',
        'TIME_SERIES_INTRADAY',
      ).records,
    ).toHaveLength(1);
  });

  it.each([
    ['5. Time Zone', 'US/Eastern', 'US/Eastern'],
    ['7: Time Zone', 'US/Eastern Time', 'US/Eastern'],
    ['9. Time Zone', 'UTC', 'UTC'],
    ['5. Time Zone', 'Middle Earth', undefined],
  ])('have the zone of %s %s', (name, stated, zone) => {
    expect(
      answer(JSON.stringify({ 'Meta Data': { [name]: stated }, 'Time Series (Daily)': { '2026-03-06': {} } }))
        .zone,
    ).toBe(zone);
  });

  it('that are no bars are kept as they are', () => {
    expect(
      answer('{"Time Series (Daily)": {"2026-03-06": "closed", "2026-03-05": {"1. open": "1"}}}').records,
    ).toEqual([
      { symbol: 'IBM', date: '2026-03-06', value: 'closed' },
      { symbol: 'IBM', date: '2026-03-05', open: '1' },
    ]);
  });
});
