import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readSp500Bars } from './bars.ts';
import { barsApi, knownAt } from './bars-api.ts';
import { departuresApi, readDepartures } from './departures-api.ts';
import { earthquakesApi, readEarthquakes } from './earthquakes-api.ts';
import { ReplayClock } from './replay-clock.ts';
import type { ReplayedApi } from './replayed-api.ts';
import { startReplayServer } from './replay-server.ts';
import { readObservations, weatherApi } from './weather-api.ts';

const HOUR_MS = 3_600_000;
let real = 0;
let folder = '';
beforeEach(async () => {
  real = 0;
  folder = await mkdtemp(join(tmpdir(), 'tributary-replay-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const clockOf = (from: string | number, to: string | number): ReplayClock =>
  new ReplayClock({
    from: new Date(from).getTime(),
    to: new Date(to).getTime(),
    liveMs: 100,
    now: () => real,
  });
const ask = (api: ReplayedApi, query = ''): string => api.answer(new URLSearchParams(query)).body;
const askJson = <T>(api: ReplayedApi, query = ''): T => JSON.parse(ask(api, query)) as T;

describe('the replayed Alpha Vantage', () => {
  const QUERY = 'function=TIME_SERIES_DAILY&symbol=SPX&outputsize=full&apikey=k3y';
  const start = async () => {
    const bars = await readSp500Bars();
    const [from, to] = [knownAt(bars.at(-3)!), knownAt(bars.at(-1)!)];
    return { bars, api: barsApi({ bars, apiKey: 'k3y', clock: clockOf(from, to) }) };
  };

  it('serves the whole history newest first, in the shape and text of the real one', async () => {
    const { api, bars } = await start();
    const body = ask(api, QUERY);
    const parsed = JSON.parse(body) as Record<string, Record<string, unknown>>;
    const series = parsed['Time Series (Daily)'] ?? {};
    expect(Object.keys(series)).toHaveLength(bars.length - 2);
    expect(Object.keys(series)[0]).toBe(bars.at(-3)?.date);
    expect(series['2000-01-03']).toEqual({
      '1. open': '1469.250000',
      '2. high': '1478.000000',
      '3. low': '1438.359985',
      '4. close': '1455.219971',
      '5. volume': '931800000',
    });
    expect(body.split('\n')[1]).toBe('    "Meta Data": {');
    expect(api.progress()).toEqual({ shown: bars.length - 2, complete: false });
  });

  it('lets days pass to the end of the data set', async () => {
    const { api, bars } = await start();
    ask(api, QUERY);
    real = 100;
    expect(ask(api, QUERY)).toContain(`"3. Last Refreshed": "${bars.at(-1)?.date}"`);
    expect(api.progress()).toEqual({ shown: bars.length, complete: true });
  });

  it('says no with status 200, as the real one does, and is broken at times', async () => {
    const { api } = await start();
    expect(ask(api, QUERY.replace('k3y', 'no'))).toContain('apikey is invalid');
    expect(ask(api, QUERY.replace('SPX', 'NOPE'))).toContain('Invalid API call');
    expect(ask(api, QUERY.replace('TIME_SERIES_DAILY', 'NOPE'))).toContain('does not exist');
    const later = Array.from({ length: 25 }, () => api.answer(new URLSearchParams(QUERY)));
    expect(later.filter(({ body }) => body.includes('1 request per second'))).toHaveLength(3);
    expect(later.filter(({ status }) => status === 503)).toHaveLength(1);
  });
});

describe('the replayed earthquakes', () => {
  it('grow, begin as preliminary ones that say they are made up, and end as the data set has them', async () => {
    const week = await readEarthquakes();
    const last = week.events.at(-1)!.properties.time;
    const api = earthquakesApi({ week, clock: clockOf(last - 24 * HOUR_MS, last + 3 * HOUR_MS) });
    type Body = { features: { id: string; properties: Record<string, unknown> }[] };
    const first = askJson<Body>(api).features;
    expect(first.length).toBeLessThan(week.events.length);
    expect(first.some(({ properties }) => 'replay' in properties)).toBe(false);
    real = 50;
    const made = askJson<Body>(api).features.filter(({ properties }) => 'replay' in properties);
    expect(made.length).toBeGreaterThan(5);
    real = 100;
    const end = askJson<Body>(api).features;
    expect(end.toReversed()).toEqual(week.events);
    expect(api.progress()).toEqual({ shown: week.events.length + made.length, complete: true });
    const [revised] = made;
    expect(end.find(({ id }) => id === revised?.id)?.properties['mag']).not.toBe(revised?.properties['mag']);
  });
});

describe('the replayed weather', () => {
  const line = (station: string, hour: number, temp: string): string =>
    `${station},2013,1,1,1,${temp},26.06,59.37,NA,10.357019999999999,NA,0,1012,10,2013-01-01T0${hour}:00:00Z`;

  it('comes in columns, digit by digit, from where it is asked for', async () => {
    const header =
      'origin,year,month,day,hour,temp,dewp,humid,wind_dir,wind_speed,wind_gust,precip,pressure,visib,time_hour';
    const lines = [
      line('EWR', 6, '39.020'),
      line('EWR', 7, 'NA'),
      line('JFK', 6, '40'),
      line('JFK', 8, '41'),
    ];
    await writeFile(join(folder, 'weather.csv'), `${[header, ...lines].join('\n')}\n`);
    const clock = clockOf('2013-01-01T07:00:00Z', '2013-01-01T08:00:00Z');
    const api = weatherApi({ observations: await readObservations(folder), clock });
    const body = ask(api);
    expect(body).toContain('"temp":[39.020,40,null]');
    expect(body).toContain('"wind_speed":[10.357019999999999,10.357019999999999,10.357019999999999]');
    expect(body).toContain('"station":["EWR","JFK","EWR"]');
    expect(api.progress()).toEqual({ shown: 3, complete: false });
    real = 100;
    expect(ask(api, 'start=2013-01-01T07:00:00Z')).toContain('"temp":[null,41]');
    expect(api.progress()).toEqual({ shown: 4, complete: true });
    expect(api.answer(new URLSearchParams('start=soon')).status).toBe(400);
  });
});

describe('the replayed departures', () => {
  it('come in pages in the order in which they become known', async () => {
    const header =
      'year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier,flight,tailnum,origin,dest,air_time,distance,hour,minute,time_hour';
    const line = (flight: number, minute: number, delay: string): string =>
      `2013,1,1,517,515,${delay},830,819,11,UA,${flight},N1,EWR,IAH,227,1400,5,${minute},2013-01-01T10:00:00Z`;
    const many = Array.from({ length: 1_000 }, (_, index) => line(1_000 + index, 0, '-3'));
    const lines = [line(1, 15, '120'), line(2, 15, 'NA'), ...many];
    await writeFile(join(folder, 'flights.csv'), `${[header, ...lines].join('\n')}\n`);
    const clock = clockOf('2013-01-01T11:15:00Z', '2013-01-01T13:00:00Z');
    const api = departuresApi({ departures: await readDepartures(folder), clock });
    type Body = { departures: Record<string, unknown>[] };
    expect(askJson<Body>(api, 'page=1').departures).toHaveLength(1_000);
    expect(api.progress()).toEqual({ shown: 1_000, complete: false });
    expect(askJson<Body>(api, 'page=2').departures).toEqual([
      {
        carrier: 'UA',
        flight: 2,
        origin: 'EWR',
        dest: 'IAH',
        tailnum: 'N1',
        scheduled: '2013-01-01T10:15:00.000Z',
        recorded: '2013-01-01T11:15:00.000Z',
        departure_delay: null,
        cancelled: true,
        distance: 1400,
      },
    ]);
    real = 100;
    const rest = askJson<Body>(api, 'since=2013-01-01T11:15:00.000Z&page=1').departures;
    expect(rest.map(({ flight }) => flight)).toEqual([2, 1]);
    expect(api.progress()).toEqual({ shown: 1_002, complete: true });
    expect(api.answer(new URLSearchParams('page=0')).status).toBe(400);
  });
});

describe('the replay server', () => {
  it('serves each API at its path and nothing else', async () => {
    const api: ReplayedApi = {
      path: '/a',
      answer: (query) => ({ status: 201, headers: { 'x-asked': query.get('q') ?? '' }, body: 'yes' }),
      progress: () => ({ shown: 0, complete: false }),
    };
    const server = await startReplayServer([api]);
    try {
      const answer = await fetch(`${server.urlOf(api)}?q=1`);
      expect([answer.status, answer.headers.get('x-asked'), await answer.text()]).toEqual([201, '1', 'yes']);
      expect((await fetch(server.urlOf(api).replace('/a', '/b'))).status).toBe(404);
      expect((await fetch(server.urlOf(api), { method: 'POST' })).status).toBe(404);
    } finally {
      await server.stop();
    }
  });
});
