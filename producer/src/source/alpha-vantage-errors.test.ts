/** The seventeen ways in which Alpha Vantage says that there is no data, all but one with status 200. */
import { describe, expect, it } from '@jest/globals';
import { alphaVantagePreset } from '@tributary/api';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { compileAlphaVantageReader } from './alpha-vantage-answer.ts';

const SITE = 'https://www.alphavantage.co';
const PREMIUM = `You may subscribe to any of the premium plans at ${SITE}/premium/ to`;
const information = (text: string): string => JSON.stringify({ Information: text });
const message = (text: string): string => JSON.stringify({ 'Error Message': text });

/** What an answer is taken for: the code of an error with how long to wait, or a number of records with the warning. */
function takenFor(body: string, name: string, datatype?: string): string {
  const parameters = [
    { name: 'symbol', value: 'IBM' },
    { name: 'interval', value: '5min' },
  ];
  if (datatype !== undefined) parameters.push({ name: 'datatype', value: datatype });
  const preset = alphaVantagePreset({ function: name, parameters });
  if (preset === undefined) throw new Error(`no preset for ${name}`);
  try {
    const { records, warning } = compileAlphaVantageReader(preset)(body);
    return `${records.length} records${warning === undefined ? '' : ', with a warning'}`;
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return error.retryAfterMs === undefined
      ? error.code
      : `${error.code} for ${error.retryAfterMs / 1_000} s`;
  }
}

interface Answered {
  body: string;
  of?: string;
  datatype?: string;
  is: string;
}

const ANSWERS: Record<string, Answered[]> = {
  '1 an invalid key': [
    {
      body: message(
        `the parameter apikey is invalid or missing. Please claim your free API key on (${SITE}/support/#api-key). It should take less than 20 seconds.`,
      ),
      is: 'AuthFailed',
    },
  ],
  '2 an unknown symbol or a bad parameter': [
    {
      body: message(
        `Invalid API call. Please retry or visit the documentation (${SITE}/documentation/) for TIME_SERIES_DAILY.`,
      ),
      is: 'BadRequest',
    },
  ],
  '3 an unknown function': [{ body: message('This API function () does not exist.'), is: 'BadRequest' }],
  '4 a burst, which speaks of the day as well': [
    {
      body: information(
        `Thank you for using Alpha Vantage! Please consider spreading out your free API requests more sparingly (1 request per second). ${PREMIUM} lift the free key rate limit (25 requests per day) and instantly remove all daily rate limits.`,
      ),
      is: 'RateLimited for 2 s',
    },
  ],
  "5 the day's quota, which echoes the key": [
    {
      body: information(
        `We have detected your API key as XXXX and our standard API rate limit is 25 requests per day. Please subscribe to any of the premium plans at ${SITE}/premium/ to instantly remove all daily rate limits.`,
      ),
      is: 'QuotaExhausted for 3600 s',
    },
  ],
  '6 the limit of 2018 to 2023': [
    {
      body: JSON.stringify({
        Note: `Thank you for using Alpha Vantage! Our standard API call frequency is 5 calls per minute and 500 calls per day. Please visit ${SITE}/premium/ if you would like to target a higher API call frequency.`,
      }),
      is: 'RateLimited for 60 s',
    },
  ],
  '7 a premium endpoint': [
    {
      body: information(
        `Thank you for using Alpha Vantage! This is a premium endpoint. ${PREMIUM} instantly unlock all premium endpoints`,
      ),
      is: 'NotEntitled',
    },
  ],
  '8 a premium value of a parameter': [
    {
      body: information(
        `Thank you for using Alpha Vantage! The outputsize=full parameter value is a premium feature for the TIME_SERIES_DAILY endpoint. ${PREMIUM} instantly unlock all premium features`,
      ),
      is: 'NotEntitled',
    },
  ],
  '9 the demo key': [
    {
      body: information(
        `The **demo** API key is for demo purposes only. Please claim your free API key at (${SITE}/support/#api-key) to explore our full API offerings. It takes fewer than 20 seconds.`,
      ),
      is: 'AuthFailed',
    },
  ],
  '10 news without articles, in the words for bad inputs': [
    {
      body: information(
        `Invalid inputs. Please refer to the API documentation ${SITE}/documentation#newsapi and try again.`,
      ),
      of: 'NEWS_SENTIMENT',
      is: '0 records, with a warning',
    },
    {
      body: information(
        `Invalid inputs. Please refer to the API documentation ${SITE}/documentation and try again.`,
      ),
      is: 'BadRequest',
    },
  ],
  '11 a burst on a premium key': [
    {
      body: information(
        'Burst pattern detected. Please consider spreading out your API requests more evenly across a 1-minute window and query no more than 30 requests per second.',
      ),
      is: 'RateLimited for 2 s',
    },
  ],
  "12 the vendor's own fault": [
    {
      body: message(
        'The intraday time series encountered an internal or external error - we apologize for the inconvenience....',
      ),
      is: 'UpstreamFailed for 60 s',
    },
  ],
  '13 no data': [
    { body: '{}', is: '0 records, with a warning' },
    { body: '{"Global Quote": {}}', of: 'GLOBAL_QUOTE', is: '0 records, with a warning' },
    { body: '{"Meta Data": {"2. Symbol": "NOPE"}}', is: '0 records, with a warning' },
    { body: '{"bestMatches": []}', of: 'SYMBOL_SEARCH', is: '0 records, with a warning' },
    {
      body: '{"symbol": "X", "annualReports": [], "quarterlyReports": []}',
      of: 'INCOME_STATEMENT',
      is: '0 records, with a warning',
    },
  ],
  '14 artificial rows beside a message that is not success': [
    {
      body: '{"endpoint": "Realtime Options", "message": "This is a premium endpoint. ***THE SAMPLE DATA SCHEMA BELOW IS ARTIFICIAL AND FOR ILLUSTRATION PURPOSES ONLY***", "data": [{"contractID": "IBM99", "date": "2099-99-99"}]}',
      of: 'REALTIME_OPTIONS',
      is: 'NotEntitled',
    },
    {
      body: '{"endpoint": "Realtime Options", "message": "success", "data": [{"contractID": "IBM99", "date": "2026-03-06"}]}',
      of: 'REALTIME_OPTIONS',
      is: '1 records',
    },
  ],
  '15 a notice spread over the cells of CSV, a letter each': [
    {
      body: 'symbol,name,reportDate,fiscalDateEnding,estimate,currency,timeOfTheDay\r\nI,n,f,o,r,m,a\r\n',
      of: 'EARNINGS_CALENDAR',
      is: 'RateLimited for 60 s',
    },
    {
      body: 'timestamp,open,high,low,close,volume\r\nI,n,f,o,r,m\r\n',
      datatype: 'csv',
      is: 'RateLimited for 60 s',
    },
    {
      body: `${'a,'.repeat(19)}t\r\nI,n,f,o,r,m,a,t,i,o,n${','.repeat(9)}\r\n`,
      of: 'HISTORICAL_OPTIONS',
      datatype: 'csv',
      is: 'RateLimited for 60 s',
    },
  ],
  '16 an error in JSON where CSV was asked for': [
    {
      body: information(
        'We have detected your API key as XXXX and our standard API rate limit is 25 requests per day.',
      ),
      of: 'LISTING_STATUS',
      is: 'QuotaExhausted for 3600 s',
    },
  ],
  '17 a header without lines': [
    { body: 'timestamp,open,high,low,close,volume\r\n', datatype: 'csv', is: '0 records, with a warning' },
  ],
};

describe('Alpha Vantage says', () => {
  it.each(Object.entries(ANSWERS))('%s', (_name, answers) => {
    const found = answers.map(({ body, of = 'TIME_SERIES_INTRADAY', datatype }) =>
      takenFor(body, of, datatype),
    );
    expect(found).toEqual(answers.map(({ is }) => is));
  });

  it('nothing that is taken for no data when its words are new', () => {
    expect(takenFor(information('Wir bitten um Geduld.'), 'TIME_SERIES_INTRADAY')).toBe(
      'UpstreamFailed for 60 s',
    );
  });
});
