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

  it('is not asked for whole by a request with a cursor, nor by the newest hundred bars of minutes', () => {
    expect(seriesOf(changed(sampleFeed('http-events'), 'spec.series', { frequency: '1d' }))).toMatchObject({
      whole: false,
    });
    const minutes = { symbol: 'IBM', interval: '5min' };
    expect(alphaVantage('TIME_SERIES_INTRADAY', minutes)).toMatchObject({ frequency: '5m', whole: false });
    expect(alphaVantage('TIME_SERIES_INTRADAY', { ...minutes, outputsize: 'full' })?.whole).toBe(true);
    expect(alphaVantage('TIME_SERIES_DAILY', { symbol: 'IBM' })?.whole).toBe(true);
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
