import { Cron } from 'croner';
import type { Fields } from './job-settings-check.ts';
import type { StoredJob } from './job-store.ts';
import { quartzToCroner } from './quartz.ts';

/** Fires the schedules of jobs that are not paused. */
export class Scheduler {
  readonly #timers = new Map<number, Cron>();
  readonly #fire: (jobId: number) => void;

  constructor(fire: (jobId: number) => void) {
    this.#fire = fire;
  }

  /** Takes up a job's schedule as it stands now. */
  set(job: StoredJob): void {
    this.remove(job.jobId);
    const schedule = job.settings['schedule'] as Fields | undefined;
    if (schedule === undefined || schedule['pause_status'] === 'PAUSED') return;
    const pattern = quartzToCroner(String(schedule['quartz_cron_expression']));
    const timer = new Cron(pattern, { timezone: String(schedule['timezone_id']), unref: true }, () =>
      this.#fire(job.jobId),
    );
    this.#timers.set(job.jobId, timer);
  }

  remove(jobId: number): void {
    this.#timers.get(jobId)?.stop();
    this.#timers.delete(jobId);
  }

  stop(): void {
    for (const jobId of [...this.#timers.keys()]) this.remove(jobId);
  }
}
