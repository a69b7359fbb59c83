import { Cron } from 'croner';
import { schedule as scheduleSchema, type Schedule } from '../spec/schedule.ts';
import { durationMs } from '../units.ts';
import { cronFault, CRON_OPTIONS, mostPollsWithin } from '../validate/poll-demand.ts';

/** What a feed asks of a quota: each of its polls is at least one request. */
export interface QuotaClaim {
  /** Whose it is, such as the feed's name. */
  key: string;
  schedule: Schedule;
}

/** The schedule of a spec that may be wrong; undefined where it cannot be used, since such a feed does not poll. */
export function parseSchedule(value: unknown): Schedule | undefined {
  const { data } = scheduleSchema().safeParse(value);
  const unusable = data?.cron !== undefined && cronFault(data.cron) !== undefined;
  return unusable ? undefined : data;
}

/** Requests that the feed needs in any `periodMs`; at least one, so that every feed moves. */
export function neededWithin({ schedule }: QuotaClaim, periodMs: number): number {
  return Math.max(1, mostPollsWithin(schedule, periodMs));
}

/** Any fixed day serves: schedules repeat within the year that follows it. */
const FROM = new Date('2026-01-01T00:00:00Z');
const MOST_RUNS = 1_000;
const HORIZON_MS = 400 * 86_400_000;

/** The least time between two polls, in milliseconds. */
export function shortestGapMs({ schedule }: QuotaClaim): number {
  if (schedule.every !== undefined) return durationMs(schedule.every);
  const { cron = '' } = schedule;
  const known = remembered.get(cron);
  if (known !== undefined) return known;
  const gap = gapOf(new Cron(cron, CRON_OPTIONS));
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(cron, gap);
  return gap;
}

const remembered = new Map<string, number>();
const MOST_REMEMBERED = 1_000;

function gapOf(cron: Cron): number {
  let gap = HORIZON_MS;
  let last: Date | undefined;
  for (let run = 0; run < MOST_RUNS; run += 1) {
    const next: Date | null = cron.nextRun(last ?? FROM);
    if (next === null || next.getTime() - FROM.getTime() > HORIZON_MS) break;
    if (last !== undefined) gap = Math.min(gap, next.getTime() - last.getTime());
    last = next;
  }
  return gap;
}
