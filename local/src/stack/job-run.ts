import { setTimeout as sleep } from 'node:timers/promises';
import { succeeded, type Databricks } from '@tributary/databricks';

export interface JobOutcome {
  /** `ok`, or why it failed. */
  result: string;
  /** Page of the run. */
  url: string;
}

const POLL_MS = 500;
const RUN_WITHIN_MS = 10 * 60_000;

/** Runs a feed's job now, as a click on "Run now" would, and waits for its end. */
export async function runJob(
  databricks: Databricks,
  jobId: number,
  signal: AbortSignal,
): Promise<JobOutcome> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(RUN_WITHIN_MS)]);
  const runId = await databricks.jobs.runNow(jobId, { signal: deadline });
  for (;;) {
    const run = await databricks.jobs.getRun(runId, { signal: deadline });
    if (run.termination !== undefined) {
      const { code, message } = run.termination;
      return { result: succeeded(run) ? 'ok' : `${code}: ${message}`, url: run.pageUrl };
    }
    await sleep(POLL_MS, undefined, { signal: deadline });
  }
}
