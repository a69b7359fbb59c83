import { durationMs } from '@tributary/api';
import { addMonths } from './duration.ts';

const DAY_MS = 86_400_000;
const MONTHS: Readonly<Record<string, number>> = { mo: 1, y: 12 };

/** A clock's time so many units later, such as `16h` or `3mo`; both as if in UTC. */
export function addPeriod(wall: number, period: string): number {
  const [, count, unit = ''] = /^(\d+)(mo|y)$/.exec(period) ?? [];
  return count === undefined
    ? wall + durationMs(period)
    : addMonths(wall, Number(count) * (MONTHS[unit] ?? 1));
}

/** Whether clocks count it, as days and what is longer, or it has its seconds. */
export function isCountedByClock(period: string): boolean {
  return /\d(?:d|w|mo|y)$/.test(period);
}

/** The beginning of the week, month, quarter or year of a calendar that a time is in; undefined for other periods. */
export function beginOfPeriod(wall: number, period: string): number | undefined {
  const date = new Date(wall);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  switch (period) {
    case '1w':
      return Math.floor(wall / DAY_MS) * DAY_MS - ((date.getUTCDay() + 6) % 7) * DAY_MS;
    case '1mo':
      return Date.UTC(year, month, 1);
    case '3mo':
      return Date.UTC(year, month - (month % 3), 1);
    case '1y':
      return Date.UTC(year, 0, 1);
    default:
      return undefined;
  }
}
