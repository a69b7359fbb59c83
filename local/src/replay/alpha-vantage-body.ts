import type { Bar } from './bars.ts';

const COMPACT_POINTS = 100;

/** TIME_SERIES_DAILY as Alpha Vantage writes it: newest first, four blanks, every number a string. `bars` are oldest first. */
export function timeSeriesDaily(
  symbol: string,
  bars: readonly Bar[],
  outputSize: 'compact' | 'full',
): string {
  const shown = (outputSize === 'full' ? [...bars] : bars.slice(-COMPACT_POINTS)).reverse();
  const series = Object.fromEntries(
    shown.map((bar) => [
      bar.date,
      {
        '1. open': bar.open,
        '2. high': bar.high,
        '3. low': bar.low,
        '4. close': bar.close,
        '5. volume': bar.volume,
      },
    ]),
  );
  return JSON.stringify(
    {
      'Meta Data': {
        '1. Information': 'Daily Prices (open, high, low, close) and Volumes',
        '2. Symbol': symbol,
        '3. Last Refreshed': shown[0]?.date ?? '',
        '4. Output Size': outputSize === 'full' ? 'Full size' : 'Compact',
        '5. Time Zone': 'US/Eastern',
      },
      'Time Series (Daily)': series,
    },
    undefined,
    4,
  );
}

export const INVALID_KEY = JSON.stringify(
  {
    'Error Message':
      'the parameter apikey is invalid or missing. Please claim your free API key on (https://www.alphavantage.co/support/#api-key). It should take less than 20 seconds.',
  },
  undefined,
  4,
);

export const INVALID_CALL = JSON.stringify(
  {
    'Error Message':
      'Invalid API call. Please retry or visit the documentation (https://www.alphavantage.co/documentation/) for TIME_SERIES_DAILY.',
  },
  undefined,
  4,
);

export const UNKNOWN_FUNCTION = JSON.stringify(
  { 'Error Message': 'This API function () does not exist.' },
  undefined,
  4,
);

/** Refuses a request that came too soon; it names the daily limit too, which is not what was hit. */
export const BURST_NOTICE = JSON.stringify(
  {
    Information:
      'Thank you for using Alpha Vantage! Please consider spreading out your free API requests more sparingly (1 request per second). You may subscribe to any of the premium plans at https://www.alphavantage.co/premium/ to lift the free key rate limit (25 requests per day) and instantly remove all daily rate limits.',
  },
  undefined,
  4,
);
