import { afterEach, describe, expect, it } from '@jest/globals';
import { readSp500Bars } from './bars.ts';
import { startReplayApi, type ReplayApi } from './replay-api.ts';
import { ReplayClock } from './replay-clock.ts';

describe('the replay API', () => {
  let api: ReplayApi | undefined;
  afterEach(() => api?.stop());

  const start = async (now: () => number) => {
    const bars = await readSp500Bars();
    const clock = new ReplayClock({ total: bars.length, live: 2, tickMs: 1_000, now });
    api = await startReplayApi({ bars, clock, apiKey: 'k3y' });
    return { api, bars, get: async (query: string) => (await fetch(`${api?.url}?${query}`)).text() };
  };

  it('serves the whole history newest first, in the shape and text of Alpha Vantage', async () => {
    const { get, bars, api } = await start(() => 0);
    const body = await get('function=TIME_SERIES_DAILY&symbol=SPX&outputsize=full&apikey=k3y');
    const parsed = JSON.parse(body) as Record<string, Record<string, unknown>>;
    const series = parsed['Time Series (Daily)'] ?? {};
    expect(Object.keys(series)).toHaveLength(bars.length - 2);
    expect(Object.keys(series)[0]).toBe('2020-04-15');
    expect(series['2000-01-03']).toEqual({
      '1. open': '1469.250000',
      '2. high': '1478.000000',
      '3. low': '1438.359985',
      '4. close': '1455.219971',
      '5. volume': '931800000',
    });
    expect(parsed['Meta Data']?.['3. Last Refreshed']).toBe('2020-04-15');
    expect(body.split('\n')[1]).toBe('    "Meta Data": {');
    expect(api.progress()).toEqual({ visible: bars.length - 2, total: bars.length });
  });

  it('lets days pass', async () => {
    let now = 0;
    const { get, bars } = await start(() => now);
    const query = 'function=TIME_SERIES_DAILY&symbol=SPX&apikey=k3y';
    expect(await get(query)).toContain('"3. Last Refreshed": "2020-04-15"');
    now = 1_500;
    expect(await get(query)).toContain('"3. Last Refreshed": "2020-04-16"');
    now = 60_000;
    expect(await get(query)).toContain(`"3. Last Refreshed": "${bars.at(-1)?.date}"`);
  });

  it('refuses a wrong key, an unknown symbol and an unknown function with status 200, as the real one does', async () => {
    const { get } = await start(() => 0);
    expect(await get('function=TIME_SERIES_DAILY&symbol=SPX&apikey=no')).toContain('apikey is invalid');
    expect(await get('function=TIME_SERIES_DAILY&symbol=NOPE&apikey=k3y')).toContain('Invalid API call');
    expect(await get('function=NOPE&symbol=SPX&apikey=k3y')).toContain('does not exist');
  });
});
