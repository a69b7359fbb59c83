import { describe, expect, it } from '@jest/globals';
import { streamSourceSpec, type StreamSourceSpecInput } from '../spec/stream-source-spec.ts';
import { changed, sampleFeed } from '../testing/samples.ts';
import { parseStreamSource } from '../validate/parse-stream-source.ts';
import { resolveSeries } from './resolve-series.ts';

const seriesOf = (value: unknown) => {
  const parsed = parseStreamSource(value);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return resolveSeries(parsed.value.spec);
};

const alphaVantage = (name: string, parameters: Record<string, string>) =>
  resolveSeries(
    streamSourceSpec.parse({
      source: {
        alphaVantage: {
          function: name,
          parameters: Object.entries(parameters).map(([key, value]) => ({ name: key, value })),
          apiKeyFrom: { secretKeyRef: { name: 'key', key: 'key' } },
        },
      },
      schedule: { every: '1d' },
      kafka: { bootstrapServers: 'kafka:9092' },
      storage: { size: '1Gi' },
    } satisfies StreamSourceSpecInput),
  );

describe('a feed as a time series', () => {
  it('is what it declares', () => {
    expect(seriesOf(sampleFeed('ibm-weekly'))).toEqual({
      frequency: '1w',
      availableAfter: '16h',
      provisional: 'last',
      whole: true,
      zone: 'America/New_York',
    });
  });

  it('is what its preset knows where it declares nothing, and nothing where neither does', () => {
    expect(seriesOf(sampleFeed('sp500-daily'))).toMatchObject({ frequency: '1d', provisional: 'last' });
    expect(seriesOf(changed(sampleFeed('http-events'), 'spec.series', undefined))).toBeUndefined();
  });

  it('may change until it is available, unless it says that it does not', () => {
    const events = (series: Record<string, string>) =>
      seriesOf(changed(sampleFeed('http-events'), 'spec.series', series));
    expect(events({ frequency: '1d' })?.provisional).toBe('none');
    expect(events({ frequency: '3mo', availableAfter: '120d' })?.provisional).toBe('last');
    expect(events({ frequency: '1d', availableAfter: '16h', provisional: 'none' })?.provisional).toBe('none');
  });

  it('is not answered whole by an API of which nobody says so', () => {
    const events = (series: Record<string, string>) =>
      seriesOf(changed(sampleFeed('http-events'), 'spec.series', { frequency: '1d', ...series }))?.whole;
    const minutes = 'https://api.example.com/klines?interval=1m&limit=5';
    const limited = changed(sampleFeed('http-events'), 'spec.source.http.request', { url: minutes });
    expect(seriesOf(changed(limited, 'spec.series', { frequency: '1m' }))?.whole).toBe(false);
    expect(events({})).toBe(false);
    expect(events({ answers: 'newest' })).toBe(false);
    expect(events({ answers: 'all' })).toBe(true);
  });

  it('is not answered whole where the newest day is, nor where the newest bars of minutes are', () => {
    for (const name of ['GLOBAL_QUOTE', 'REALTIME_OPTIONS', 'HISTORICAL_OPTIONS'])
      expect(alphaVantage(name, { symbol: 'IBM' })).toMatchObject({ provisional: 'last', whole: false });
    expect(alphaVantage('HISTORICAL_OPTIONS', { symbol: 'IBM', date: '2026-03-06' })?.whole).toBe(true);
    const minutes = { symbol: 'IBM', interval: '5min' };
    expect(alphaVantage('TIME_SERIES_INTRADAY', minutes)).toMatchObject({ frequency: '5m', whole: false });
    expect(alphaVantage('TIME_SERIES_INTRADAY', { ...minutes, outputsize: 'full' })?.whole).toBe(true);
    expect(alphaVantage('TIME_SERIES_DAILY', { symbol: 'IBM' })?.whole).toBe(true);
  });

  it('has the days of its time column, unless it says whose', () => {
    const weekly = sampleFeed('ibm-weekly');
    expect(seriesOf(changed(weekly, 'spec.series.zone', 'Europe/Berlin'))?.zone).toBe('Europe/Berlin');
    expect(seriesOf(changed(weekly, 'spec.columns.0.zone', 'Asia/Tokyo'))?.zone).toBe('Asia/Tokyo');
    expect(alphaVantage('TIME_SERIES_MONTHLY', { symbol: 'IBM' })?.zone).toBe('America/New_York');
  });

  it('has the interval that is asked for, or else that of the function', () => {
    const of = (name: string, parameters = {}) => alphaVantage(name, parameters)?.frequency;
    expect(of('WTI')).toBe('1mo');
    expect(of('WTI', { interval: 'weekly' })).toBe('1w');
    expect(of('CPI', { interval: 'semiannual' })).toBe('6mo');
    expect(of('REAL_GDP', { interval: 'quarterly' })).toBe('3mo');
    expect(of('GOLD_SILVER_HISTORY', { symbol: 'GOLD' })).toBe('1d');
    expect(of('SMA', { symbol: 'IBM', interval: '60min', series_type: 'close' })).toBe('60m');
    expect(of('TIME_SERIES_MONTHLY', { symbol: 'IBM' })).toBe('1mo');
  });
});
