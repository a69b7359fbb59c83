import { durationMs, type Schedule } from '@tributary/api';
import { Cron } from 'croner';

/** When the next poll begins, given when the last one did. Times that a long poll has missed are not made up: one catches up with all. */
export class PollSchedule {
  readonly #everyMs: number | undefined;
  readonly #cron: Cron | undefined;
  readonly #jitterMs: number;
  readonly #catchUp: boolean;
  readonly #random: () => number;

  /** `random` is in [0, 1), as Math.random. */
  constructor(schedule: Schedule, random: () => number = Math.random) {
    if (schedule.every !== undefined) this.#everyMs = durationMs(schedule.every);
    if (schedule.cron !== undefined)
      this.#cron = new Cron(schedule.cron, { paused: true, timezone: schedule.timeZone ?? 'UTC' });
    this.#jitterMs = schedule.jitter === undefined ? 0 : durationMs(schedule.jitter);
    this.#catchUp = schedule.catchUp !== 'None';
    this.#random = random;
  }

  /**
   * Milliseconds since the epoch. `lastStart` is when a poll last began, also in an earlier process. Without one an interval
   * begins at once and a cron waits for its time.
   */
  next(now: number, lastStart: number | undefined): number {
    return this.#due(now, lastStart) + Math.floor(this.#random() * this.#jitterMs);
  }

  #due(now: number, lastStart: number | undefined): number {
    if (this.#everyMs !== undefined)
      return lastStart === undefined ? now : Math.max(now, lastStart + this.#everyMs);
    const missed = lastStart === undefined || !this.#catchUp ? undefined : this.#after(lastStart);
    return missed !== undefined && missed <= now ? now : this.#after(now);
  }

  #after(time: number): number {
    const at = this.#cron?.nextRun(new Date(time));
    if (at === null || at === undefined) throw new RangeError('the cron expression has no next time');
    return at.getTime();
  }
}
