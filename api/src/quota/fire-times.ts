import { Cron } from 'croner';
import { CRON_OPTIONS } from '../validate/poll-demand.ts';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;

/** A Monday. Any would serve: each weekday falls on each day of the month within the year that follows. */
export const HORIZON_FROM = Date.UTC(2026, 0, 5);
export const HORIZON_MS = 53 * WEEK_MS;

/** Of a cron that repeats by the week: every half hour. */
const MOST_RUNS_A_WEEK = 336;
/** Of one that does not. */
const MOST_RUNS = 3_000;

/**
 * When a cron comes within the horizon, in milliseconds since the epoch as if its zone were UTC; undefined for one that
 * comes too often to be listed.
 */
export function fireTimes(cron: string): readonly number[] | undefined {
  const known = remembered.get(cron);
  if (known !== undefined) return known.times;
  const times = repeatsWeekly(cron)
    ? everyWeek(runsOf(cron, WEEK_MS, MOST_RUNS_A_WEEK))
    : runsOf(cron, HORIZON_MS, MOST_RUNS);
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(cron, { times });
  return times;
}

/** An operator asks for the same ones again and again. */
const remembered = new Map<string, { times: readonly number[] | undefined }>();
const MOST_REMEMBERED = 1_000;

/** Whether neither the day of the month nor the month matters. */
function repeatsWeekly(cron: string): boolean {
  const [day, month, weekday] = cron.trim().split(/\s+/).slice(-3);
  const any = (field: string | undefined): boolean => field === '*' || field === '?';
  return any(day) && any(month) && !/[#L]/i.test(weekday?.replace(/[A-Z]{3}/gi, '') ?? '');
}

function everyWeek(week: readonly number[] | undefined): readonly number[] | undefined {
  if (week === undefined) return undefined;
  return Array.from({ length: HORIZON_MS / WEEK_MS }, (_, index) =>
    week.map((at) => at + index * WEEK_MS),
  ).flat();
}

function runsOf(expression: string, withinMs: number, most: number): number[] | undefined {
  const cron = new Cron(expression, CRON_OPTIONS);
  const runs: number[] = [];
  let at = cron.nextRun(new Date(HORIZON_FROM - 1));
  while (at !== null && at.getTime() < HORIZON_FROM + withinMs) {
    if (runs.length === most) return undefined;
    runs.push(at.getTime());
    at = cron.nextRun(at);
  }
  return runs;
}
