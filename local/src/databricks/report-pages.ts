import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiError } from './api-error.ts';
import type { Call, Reply, Route } from './http-server.ts';
import type { RunEngine } from './run-engine.ts';
import type { RunRecord, TaskRecord } from './run-record.ts';

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
  return { headers: PAGE_HEADERS, bytes: report ?? overview(run) };
}

function reportFile(runs: RunEngine, run: RunRecord, task: TaskRecord): string {
  return join(runs.folderOf(run), `${task.taskKey}.html`);
}

/** Shown for a run of several tasks, and while there is no report yet. */
function overview(run: RunRecord): string {
  const rows = run.tasks
    .map(
      (task) =>
        `<tr><td><a href="/runs/${run.runId}/${escape(task.taskKey)}">${escape(task.taskKey)}</a><td>${escape(task.ending?.code ?? task.phase)}<td>${escape(task.ending?.message ?? '')}</tr>`,
    )
    .join('');
  return `<!doctype html><meta charset="utf-8"><title>Run ${run.runId}</title>
<style>body{font:15px/1.5 system-ui,sans-serif;margin:3rem auto;max-width:52rem;color:#1d2733}td,th{padding:.4rem 1rem .4rem 0;text-align:left}</style>
<h1>${escape(run.jobName)}</h1><p>Run ${run.runId}: ${escape(run.ending?.code ?? run.phase)} ${escape(run.ending?.message ?? '')}</p>
<table><tr><th>Task<th>State<th></tr>${rows}</table>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
