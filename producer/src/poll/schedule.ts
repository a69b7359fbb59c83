import { durationMs, type Schedule } from '@tributary/api';
import { Cron } from 'croner';

/** When the next poll begins, given when the last one did. Missed times are not made up: one poll catches up with all. */
export class PollSchedule {
  readonly #everyMs: number | undefined;
  readonly #cron: Cron | undefined;

  constructor(schedule: Schedule) {
    if (schedule.every !== undefined) this.#everyMs = durationMs(schedule.every);
    if (schedule.cron !== undefined)
      this.#cron = new Cron(schedule.cron, { paused: true, timezone: schedule.timeZone ?? 'UTC' });
  }

  /** Milliseconds since the epoch. Without a last poll, an interval begins at once and a cron waits for its time. */
  next(now: number, lastStart: number | undefined): number {
    if (this.#everyMs !== undefined)
      return lastStart === undefined ? now : Math.max(now, lastStart + this.#everyMs);
    const at = this.#cron?.nextRun(new Date(now));
    if (at === null || at === undefined) throw new RangeError('the cron expression has no next time');
    return at.getTime();
  }
}
