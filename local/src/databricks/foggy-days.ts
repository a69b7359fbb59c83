import type { LandedColumn, LandedRow } from './landed-rows.ts';

export const WEATHER: readonly LandedColumn[] = [
  { name: 'airport', role: 'key', type: 'string' },
  { name: 'time', role: 'time', type: 'timestamp' },
  { name: 'wind_speed', role: 'measure', type: 'double' },
  { name: 'precip', role: 'measure', type: 'double' },
  { name: 'visib', role: 'measure', type: 'double', unit: 'mi' },
];
export const DEPARTURES: readonly LandedColumn[] = [
  { name: 'carrier', role: 'key', type: 'string' },
  { name: 'flight', role: 'key', type: 'string' },
  { name: 'origin', role: 'key', type: 'string' },
  { name: 'scheduled', role: 'time', type: 'timestamp' },
  { name: 'departure_delay', role: 'measure', type: 'double', unit: 'min' },
];

const AIRPORTS = ['AAA', 'BBB'];
const HOUR_MS = 3_600_000;

/**
 * Days of hourly weather and of a departure at every airport each half hour. Every fourth day is foggy at AAA before noon (UTC):
 * what departs an hour or more after a foggy reading waits `fogMinutes` longer, and every tenth of those is cancelled.
 * Delays grow by a minute an hour, and each day has a level of its own.
 */
export function foggyDays(
  days: number,
  fogMinutes: number,
): { weather: LandedRow[]; departures: LandedRow[] } {
  const random = mulberry(days);
  const weather: LandedRow[] = [];
  const departures: LandedRow[] = [];
  const from = Date.parse('2026-03-01T00:00:00Z');
  const foggy = (airport: string, hour: number): boolean =>
    airport === 'AAA' && Math.floor(hour / 24) % 4 === 1 && hour % 24 < 12;
  for (let hour = 0; hour < 24 * days; hour += 1) {
    const level = 6 * Math.sin(12.9898 * Math.floor(hour / 24));
    for (const airport of AIRPORTS) {
      const time = new Date(from + hour * HOUR_MS).toISOString();
      const visibility = foggy(airport, hour) ? 0.5 + 2 * random() : 10;
      weather.push({
        time,
        cells: [
          airport,
          time,
          (5 + 5 * random()).toFixed(1),
          random() < 0.1 ? '0.1' : '0',
          visibility.toFixed(2),
        ],
      });
      for (const minute of [5, 35]) {
        const scheduled = new Date(from + hour * HOUR_MS + minute * 60_000).toISOString();
        const low = foggy(airport, hour - 1);
        const delay = (hour % 24) + level + (low ? fogMinutes : 0) + 10 * (random() - 0.5);
        const cancelled = low && random() < 0.1;
        departures.push({
          time: scheduled,
          cells: ['XX', String(minute), airport, scheduled, cancelled ? '' : delay.toFixed(0)],
        });
      }
    }
  }
  return { weather, departures };
}

/** Numbers in [0, 1), the same for each seed. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
