import { setTimeout as sleep } from 'node:timers/promises';
import { succeeded, type Databricks, type JobRun } from '@tributary/databricks';
import { z } from 'zod';

export interface JobOutcome {
  /** `ok`, or why it failed. */
  result: string;
  /** Page of the run. */
  url: string;
  /** What the notebooks say they have found, a sentence each. */
  findings: string[];
}

const POLL_MS = 500;
const RUN_WITHIN_MS = 10 * 60_000;

/** What a notebook returns by `dbutils.notebook.exit`: JSON, in which `findings` is for people. */
const notebookResult = z.object({ findings: z.array(z.string()).default([]) });

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
      return {
        result: succeeded(run) ? 'ok' : `${code}: ${message}`,
        url: run.pageUrl,
        findings: await findingsOf(databricks, run, deadline),
      };
    }
    await sleep(POLL_MS, undefined, { signal: deadline });
  }
}

async function findingsOf(databricks: Databricks, run: JobRun, signal: AbortSignal): Promise<string[]> {
  const findings: string[] = [];
  for (const task of run.tasks) {
    const { result } = await databricks.jobs.getRunOutput(task.runId, { signal });
    findings.push(...parseFindings(result ?? ''));
  }
  return findings;
}

/** None where a notebook returns something else: what it returns is its own affair. */
export function parseFindings(result: string): string[] {
  try {
    return notebookResult.parse(JSON.parse(result)).findings;
  } catch {
    return [];
  }
}
