import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabricks, type Databricks, type JobRun } from '@tributary/databricks';
import { waitUntil } from '../processes/wait-until.ts';
import { ensureToolchain } from '../toolchain/index.ts';
import { startDatabricks } from './index.ts';
import { landRows, TOPIC_ID, type LandedColumn, type LandedRow } from './landed-rows.ts';

const NOTEBOOKS = join(import.meta.dirname, '../../../notebooks');
const FOLDER = '/Shared/tributary/test';
const ROOT = '/Volumes/main/landing/feeds';

/** One task of the run: a notebook on a feed that was landed. */
export interface NotebookTask {
  readonly key: string;
  readonly notebook: string;
  readonly feed: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** A workspace with the notebooks of this version, in which feeds are landed and notebooks run on them. */
export interface NotebookRuns {
  land(feed: string, columns: readonly LandedColumn[], rows: readonly LandedRow[]): Promise<void>;
  run(tasks: readonly NotebookTask[]): Promise<void>;
  /** What the task's notebook exited with; rejects with its trace if it failed. */
  result(key: string): Promise<unknown>;
  /** Its report. */
  page(key: string): Promise<string>;
  /** What the run says of all its tasks. */
  runPage(): Promise<string>;
  stop(): Promise<void>;
}

export async function startNotebookRuns(): Promise<NotebookRuns> {
  const { python, java } = await ensureToolchain(['python', 'java']);
  const workDir = await mkdtemp(join(tmpdir(), 'notebooks-'));
  const standIn = await startDatabricks({ workDir, python, java, signal: new AbortController().signal });
  const databricks = createDatabricks({
    host: standIn.url,
    auth: { kind: 'pat', token: standIn.token },
    userAgent: 'test/1',
    allowInsecureLoopback: true,
  });
  await databricks.unityCatalog.createSchema('main', 'landing');
  await databricks.unityCatalog.createVolume('main', 'landing', 'feeds');
  await uploadNotebooks(databricks);
  let ended: JobRun | undefined;
  const taskOf = (key: string): JobRun['tasks'][number] => {
    const task = ended?.tasks.find((each) => each.taskKey === key);
    if (task === undefined) throw new Error(`no task ${key} was run`);
    return task;
  };
  return {
    land: (feed, columns, rows) => landRows(databricks, `${ROOT}/${feed}`, columns, rows),
    async run(tasks) {
      const job = await databricks.jobs.create({ name: 'notebooks', tasks: tasks.map(jobTask) });
      const runId = await databricks.jobs.runNow(job);
      ended = await waitUntil(
        async () => {
          const now = await databricks.jobs.getRun(runId);
          return now.termination === undefined ? undefined : now;
        },
        { what: 'the notebooks', timeoutMs: 280_000, intervalMs: 200 },
      );
    },
    async result(key) {
      const { result, error, errorTrace } = await databricks.jobs.getRunOutput(taskOf(key).runId);
      if (error !== undefined) throw new Error(`${key}: ${error}\n${errorTrace ?? ''}`);
      return JSON.parse(result ?? 'null');
    },
    page: async (key) => (await fetch(`${ended?.pageUrl}/${taskOf(key).taskKey}`)).text(),
    runPage: async () => (await fetch(ended?.pageUrl ?? '')).text(),
    async stop() {
      databricks.close();
      await standIn.stop();
      await rm(workDir, { recursive: true, force: true });
    },
  };
}

function jobTask({ key, notebook, feed, parameters = {} }: NotebookTask) {
  return {
    task_key: key,
    notebook_task: {
      notebook_path: `${FOLDER}/${notebook}`,
      base_parameters: {
        feed: `test.${feed}`,
        volume_path: `${ROOT}/${feed}`,
        topic_id: TOPIC_ID,
        schema: '1',
        ...parameters,
      },
    },
  };
}

async function uploadNotebooks(databricks: Databricks): Promise<void> {
  await databricks.workspace.mkdirs(`${FOLDER}/tributary`);
  for (const name of await pythonFiles(join(NOTEBOOKS, 'tributary')))
    await databricks.workspace.import(
      `${FOLDER}/tributary/${name}`,
      await readFile(join(NOTEBOOKS, 'tributary', name)),
      { format: 'AUTO', overwrite: true },
    );
  for (const name of await pythonFiles(NOTEBOOKS))
    await databricks.workspace.importVerified(
      `${FOLDER}/${name.replace(/\.py$/, '')}`,
      await readFile(join(NOTEBOOKS, name)),
      { format: 'SOURCE', language: 'PYTHON', overwrite: true },
    );
}

async function pythonFiles(folder: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.py'));
}
