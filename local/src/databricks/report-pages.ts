import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiError } from './api-error.ts';
import type { Call, Reply, Route } from './http-server.ts';
import type { RunEngine } from './run-engine.ts';
import type { RunRecord, TaskRecord } from './run-record.ts';
import { runPage } from './run-page.ts';

/** A report that was written by a task of a run. */
export interface Report {
  readonly jobId: number;
  readonly jobName: string;
  readonly runId: number;
  readonly taskKey: string;
  /** Of termination_details, or the phase while the task goes on. */
  readonly result: string;
  /** The self-contained HTML file. */
  readonly file: string;
  readonly url: string;
}

/** Reports hold no scripts and load nothing, whatever a notebook printed. */
const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

/** Looking at a run needs no token here (a browser has none): the server listens on loopback only. */
export function reportRoutes(runs: RunEngine): Route[] {
  return [{ method: 'GET', path: '/runs/', open: true, handle: (call) => page(runs, call) }];
}

export function listReports(runs: RunEngine, origin: string): Report[] {
  return runs.all().flatMap((run) =>
    run.tasks.map((task) => ({
      jobId: run.jobId,
      jobName: run.jobName,
      runId: run.runId,
      taskKey: task.taskKey,
      result: task.ending?.code ?? task.phase,
      file: reportFile(runs, run, task),
      url: `${origin}/runs/${run.runId}/${task.taskKey}`,
    })),
  );
}

async function page(runs: RunEngine, call: Call): Promise<Reply> {
  const [, runId, taskKey] = call.rest.split('/');
  const { run } = runs.find(runId);
  const task = run.tasks.length === 1 ? run.tasks[0] : run.tasks.find((each) => each.taskKey === taskKey);
  if (taskKey !== undefined && taskKey !== '' && task?.taskKey !== taskKey) {
    throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', 'The run has no such task.');
  }
  const report =
    task === undefined ? undefined : await readFile(reportFile(runs, run, task)).catch(() => undefined);
  return { headers: PAGE_HEADERS, bytes: report ?? runPage(run, await verdicts(runs, run)) };
}

function reportFile(runs: RunEngine, run: RunRecord, task: TaskRecord): string {
  return join(runs.folderOf(run), `${task.taskKey}.html`);
}

/** Of each task, what its report says in short: HTML that the runner has sanitised. */
async function verdicts(runs: RunEngine, run: RunRecord): Promise<Map<TaskRecord, string>> {
  const found = new Map<TaskRecord, string>();
  for (const task of run.tasks) {
    const file = join(runs.folderOf(run), `${task.taskKey}.short.html`);
    found.set(task, await readFile(file, 'utf8').catch(() => ''));
  }
  return found;
}
