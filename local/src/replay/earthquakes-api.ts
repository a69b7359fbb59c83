import type { ReplayClock } from './replay-clock.ts';
import type { Memory } from './replay-memory.ts';
import { jsonAnswer, type ReplayedApi } from './replayed-api.ts';
import { readVegaDataset } from './vega-dataset.ts';

/** One event as the USGS writes it; only what the replay looks at is named. */
export interface Earthquake {
  id: string;
  properties: { time: number; mag: number | null; status: string; [name: string]: unknown };
  [name: string]: unknown;
}

/** The USGS feed "all earthquakes, past week" of February 2018, from the npm package vega-datasets. */
export interface EarthquakeWeek {
  /** Oldest first. */
  events: Earthquake[];
  metadata: Record<string, unknown>;
}

export async function readEarthquakes(): Promise<EarthquakeWeek> {
  const { features, metadata } = JSON.parse(await readVegaDataset('earthquakes.json')) as {
    features: Earthquake[];
    metadata: Record<string, unknown>;
  };
  return { events: features.toSorted((a, b) => a.properties.time - b.properties.time), metadata };
}

/** A person looks at an event some hours after the machines reported it. */
const REVIEWED_AFTER_MS = 3 * 3_600_000;

/**
 * The feed as it was growing that week. The data set has only the last state of each event; so that revisions are met, one
 * that a person has reviewed is shown for its first hours as an automatic one with another magnitude. These earlier
 * states are made up, and say so in their property `replay`.
 */
export function earthquakesApi({
  week: { events, metadata },
  clock,
  memory = { shown: [] },
}: {
  week: EarthquakeWeek;
  clock: ReplayClock;
  /** Events of which the made-up state was shown. */
  memory?: Pick<Memory, 'shown'>;
}): ReplayedApi {
  let visible = 0;
  return {
    path: '/earthquakes/feed/v1.0/summary/all_week.geojson',
    answer: () => {
      const now = clock.now();
      const preliminaryShown = new Set(memory.shown);
      const features = events
        .filter(({ properties }) => properties.time <= now)
        .map((event) => {
          if (!isPreliminary(event, now, clock.from)) return event;
          preliminaryShown.add(event.id);
          return preliminary(event);
        });
      memory.shown = [...preliminaryShown];
      visible = features.length;
      const head = { ...metadata, generated: now, count: visible };
      return jsonAnswer(
        JSON.stringify({ type: 'FeatureCollection', metadata: head, features: features.toReversed() }),
      );
    },
    progress: () => ({
      shown: visible + memory.shown.length,
      complete: clock.ended && visible === events.length,
    }),
  };
}

/** Only of what happens while somebody looks: what lies further back has been reviewed. At the end all has. */
function isPreliminary({ properties }: Earthquake, now: number, liveFrom: number): boolean {
  const { time, status, mag } = properties;
  return status === 'reviewed' && mag !== null && time > liveFrom && now < time + REVIEWED_AFTER_MS;
}

function preliminary(event: Earthquake): Earthquake {
  const mag = Math.round(((event.properties.mag ?? 0) + 0.2) * 100) / 100;
  return {
    ...event,
    properties: { ...event.properties, mag, status: 'automatic', replay: 'synthetic preliminary state' },
  };
}
