import { describe, expect, it } from '@jest/globals';
import { notYetSupported } from './not-yet-supported.ts';
import { changed, sampleFeed } from './testing/samples.ts';
import { parseStreamSource } from './validate/parse-stream-source.ts';

const gapsOf = (value: unknown): string[] => {
  const parsed = parseStreamSource(value);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return notYetSupported(parsed.value.spec);
};

describe('a field that is accepted without effect', () => {
  it('is not asked for by the first sample', () => {
    expect(gapsOf(sampleFeed('sp500-daily'))).toEqual([]);
  });

  it('is named when asked for, and not when its default is', () => {
    expect(gapsOf(changed(sampleFeed('sp500-daily'), 'spec.source.alphaVantage.function', 'SECTOR'))).toEqual(
      ['spec.source.alphaVantage.function'],
    );
    expect(gapsOf(sampleFeed('http-events'))).toEqual([]);
    expect(gapsOf(sampleFeed('ibm-weekly'))).toEqual([]);
  });

  it('is named for a template that nobody fills', () => {
    const url = 'https://api.example.com/{{ window.middle }}/{{ cursor }}';
    expect(gapsOf(changed(sampleFeed('http-events'), 'spec.source.http.request.url', url))).toContain(
      'spec.source.http.request',
    );
  });
});
