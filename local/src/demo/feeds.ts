import { barsApi, knownAt } from '../replay/bars-api.ts';
import { readSp500Bars } from '../replay/bars.ts';
import { departuresApi, readDepartures } from '../replay/departures-api.ts';
import { earthquakesApi, readEarthquakes } from '../replay/earthquakes-api.ts';
import { ReplayClock } from '../replay/replay-clock.ts';
import type { Memory, ReplayMemory } from '../replay/replay-memory.ts';
import { readObservations, weatherApi } from '../replay/weather-api.ts';
import type { DemoFeed } from './demo-feed.ts';

interface FeedOptions {
  /** Folder of the toolchain's flights and weather. */
  flights: string;
  /** Real milliseconds in which the live part of each data set passes. */
  liveMs: number;
  /** How far this replay has come. */
  memory: Memory;
  /** What the replayed Alpha Vantage takes. */
  replayKey: string;
  /** A key of the real Alpha Vantage: then its feed runs too. */
  alphaVantageKey: string | undefined;
}

export interface DemoOptions extends Omit<FeedOptions, 'memory'> {
  /** How far the replays have come. */
  memory: ReplayMemory;
}

const DAY_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** So much of each data set happens live; the rest lies in the past when the feed begins. */
const LIVE = { tradingDays: 40, earthquakes: 2 * DAY_MS, air: 7 * DAY_MS } as const;

/** The demo's feeds by name: four shapes of answers, all real data, replayed. */
export const REPLAYED_FEEDS = ['sp500-daily', 'earthquakes', 'weather', 'departures'] as const;
/** From the real API, with the user's key. */
export const KEYED_FEED = 'ibm-weekly';
export type FeedName = (typeof REPLAYED_FEEDS)[number] | typeof KEYED_FEED;

/** Reads the data sets of the feeds that are asked for. */
export async function demoFeeds(
  names: readonly FeedName[],
  options: DemoOptions,
): Promise<Map<FeedName, DemoFeed>> {
  const made = await Promise.all(
    names.map(async (name): Promise<[FeedName, DemoFeed]> => {
      const memory = options.memory.of(name);
      return [name, await MAKERS[name]({ ...options, memory })];
    }),
  );
  return new Map(made);
}

const MAKERS: Record<FeedName, (options: FeedOptions) => Promise<DemoFeed>> = {
  'sp500-daily': async ({ liveMs, replayKey, memory }) => {
    const bars = await readSp500Bars();
    const [first, last] = [bars.at(-LIVE.tradingDays), bars.at(-1)];
    if (first === undefined || last === undefined) throw new Error('vega-datasets holds no S&P 500 bars');
    const clock = new ReplayClock({ from: knownAt(first) - DAY_MS, to: knownAt(last), liveMs, memory });
    return {
      sample: 'sp500-daily',
      api: barsApi({ bars, clock, apiKey: replayKey }),
      secrets: { 'alpha-vantage': { apiKey: replayKey } },
      overlay: (baseUrl) => ({
        source: { alphaVantage: { baseUrl, allowPrivate: true, limits: [{ requests: 10, per: '1s' }] } },
        schedule: { every: '1s', cron: null, timeZone: null },
      }),
      about: `S&P 500, daily bars since 2000, the last ${LIVE.tradingDays} trading days live; ${pace(clock)}`,
    };
  },
  earthquakes: async ({ liveMs, memory }) => {
    const week = await readEarthquakes();
    const last = week.events.at(-1)?.properties.time ?? 0;
    const clock = new ReplayClock({ from: last - LIVE.earthquakes, to: last + 3 * HOUR_MS, liveMs, memory });
    return {
      sample: 'usgs-earthquakes',
      api: earthquakesApi({ week, clock, memory }),
      overlay: (url) => httpOverlay(url, '1s'),
      about: `earthquakes, a week of February 2018, its last 2 days live (the earlier states of revised events are synthetic); ${pace(clock)}`,
    };
  },
  weather: async ({ liveMs, flights, memory }) => {
    const observations = await readObservations(flights);
    const last = observations.times.at(-1) ?? 0;
    const clock = new ReplayClock({ from: last - LIVE.air, to: last, liveMs, memory });
    return {
      sample: 'airport-weather',
      api: weatherApi({ observations, clock }),
      overlay: (url) => httpOverlay(url, '1s'),
      about: `hourly weather at New York's airports in 2013, the last week live; ${pace(clock)}`,
    };
  },
  departures: async ({ liveMs, flights, memory }) => {
    const departures = await readDepartures(flights);
    const last = departures.recorded.at(-1) ?? 0;
    const clock = new ReplayClock({ from: last - LIVE.air, to: last, liveMs, memory });
    return {
      sample: 'airport-departures',
      api: departuresApi({ departures, clock }),
      overlay: (url) => httpOverlay(url, '2s'),
      about: `every departure from New York's airports in 2013, the last week live; ${pace(clock)}`,
    };
  },
  'ibm-weekly': ({ alphaVantageKey = '' }) =>
    Promise.resolve({
      sample: 'ibm-weekly',
      // The replayed one has another key under the name that the sample gives.
      secrets: { 'alpha-vantage-real': { apiKey: alphaVantageKey } },
      overlay: () => ({
        source: {
          quotaRef: null,
          alphaVantage: { apiKeyFrom: { secretKeyRef: { name: 'alpha-vantage-real', key: 'apiKey' } } },
        },
        schedule: { every: '1h', cron: null, timeZone: null },
      }),
      about: 'IBM, weekly, from the real Alpha Vantage with your key, once an hour',
    }),
};

function httpOverlay(url: string, every: string): Record<string, unknown> {
  return { source: { http: { request: { url }, allowPrivate: true, limits: [] } }, schedule: { every } };
}

/** How fast a clock goes: "1 s is 2.9 days". */
function pace(clock: ReplayClock): string {
  const minutes = (clock.rate * 1_000) / MINUTE_MS;
  if (minutes < 90) return `1 s is ${minutes.toFixed(0)} minutes`;
  return minutes < 48 * 60
    ? `1 s is ${(minutes / 60).toFixed(1)} hours`
    : `1 s is ${(minutes / 60 / 24).toFixed(1)} days`;
}
