import { Cron } from 'croner';
import type { Schedule } from '../spec/schedule.ts';
import { durationMs } from '../units.ts';

/** Any fixed day serves: schedules repeat within the year that follows it. */
const FROM = new Date('2026-01-01T00:00:00Z');
/** Runs of a cron expression that are looked at, and how far ahead; more is not worth the wait. */
const MOST_RUNS = 3_000;
const HORIZON_MS = 400 * 86_400_000;

/** Five fields, or six with seconds first, as the producer reads them. */
export const CRON_OPTIONS = { paused: true, timezone: 'UTC', mode: '5-or-6-parts' } as const;

/** The most polls that `schedule` can begin within any `periodMs`. */
export function mostPollsWithin(schedule: Schedule, periodMs: number): number {
  if (schedule.every !== undefined) return Math.ceil(periodMs / Math.max(1, durationMs(schedule.every)));
  if (schedule.cron === undefined) return 0;
  const key = JSON.stringify([schedule.cron, periodMs]);
  const known = remembered.get(key);
  if (known !== undefined) return known;
  // Read in UTC whatever the zone: a daily cron comes twice in 24 hours where the clock is put forward, and nobody
  // means to forbid that.
  const most = mostRunsWithin(new Cron(schedule.cron, CRON_OPTIONS), periodMs);
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(key, most);
  return most;
}

/** A count takes up to a fifth of a second, and an operator asks for the same schedules again and again. */
const remembered = new Map<string, number>();
const MOST_REMEMBERED = 1_000;

function mostRunsWithin(cron: Cron, periodMs: number): number {
  const runs: number[] = [];
  let oldest = 0;
  let most = 0;
  let at: Date | null = FROM;
  while (runs.length < MOST_RUNS) {
    at = cron.nextRun(at);
    if (at === null || at.getTime() - FROM.getTime() > HORIZON_MS) break;
    runs.push(at.getTime());
    while (at.getTime() - (runs[oldest] ?? 0) >= periodMs) oldest += 1;
    most = Math.max(most, runs.length - oldest);
  }
  return most;
}

/** Why a cron expression cannot be used; undefined when it can. */
export function cronFault(expression: string): string | undefined {
  try {
    const next = new Cron(expression, CRON_OPTIONS).nextRun(new Date('2026-01-01T00:00:00Z'));
    return next === null ? 'it never comes' : undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
  }
}
