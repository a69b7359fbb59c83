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

function refusal(body: string): { code: string } {
  try {
    return { code: `accepted ${answer(body).records.length} records` };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return { code: error.code };
  }
}

describe("Alpha Vantage's answers", () => {
  it.each([
    ['a list', '[]', 'UpstreamShapeChanged'],
    [
      'another container',
      '{"Meta Data": {}, "Time Series (Hourly)": {"2026-03-06": {}}}',
      'UpstreamShapeChanged',
    ],
  ])('in another shape are told: %s', (_what, body, code) => {
    expect(refusal(body).code).toBe(code);
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
