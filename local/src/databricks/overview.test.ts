import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabricks, type Databricks, type JobRun } from '@tributary/databricks';
import { waitUntil } from '../processes/wait-until.ts';
import { readSp500Bars } from '../replay/bars.ts';
import { ensureToolchain } from '../toolchain/index.ts';
import { startDatabricks, type DatabricksStandIn } from './index.ts';

/** The real overview notebook, on real bars and on feeds that have little to say. */
const NOTEBOOKS = join(import.meta.dirname, '../../../notebooks');
const FOLDER = '/Shared/tributary/test';
const ROOT = '/Volumes/main/landing/feeds';

interface Column {
  readonly name: string;
  readonly role: string;
  readonly type: string;
  readonly kind?: string;
  readonly transform?: string;
}

const PRICE = { role: 'measure', type: 'decimal(18,6)', kind: 'price', transform: 'logReturn' };
const BARS: readonly Column[] = [
  { name: 'symbol', role: 'key', type: 'string' },
  { name: 'date', role: 'time', type: 'date' },
  { name: 'open', ...PRICE },
  { name: 'close', ...PRICE },
  { name: 'volume', role: 'measure', type: 'long', kind: 'count' },
];
const READINGS: readonly Column[] = [
  { name: 'at', role: 'time', type: 'timestamp' },
  { name: 'level', role: 'measure', type: 'double' },
];

let workDir = '';
let standIn: DatabricksStandIn;
let databricks: Databricks;
let run: JobRun;

/** Lands rows of cells as the consumer would, in files of 2,000. */
async function land(
  feed: string,
  columns: readonly Column[],
  rows: readonly { time: string; cells: readonly string[] }[],
): Promise<void> {
  const root = `${ROOT}/${feed}/topic-id`;
  const put = (path: string, body: Buffer): Promise<void> =>
    databricks.files.upload(`${root}/${path}`, body, { overwrite: false, createParents: true });
  await put('_meta/schema-1.json', Buffer.from(JSON.stringify({ version: 1, columns })));
  const names = [
    '_partition',
    '_offset',
    '_op',
    '_poll',
    '_observed_at',
    '_event_time',
    ...columns.map((column) => column.name),
    '_undeclared',
  ];
  for (let first = 0; first < rows.length; first += 2_000) {
    const lines = rows
      .slice(first, first + 2_000)
      .map(({ time, cells }, index) =>
        ['0', first + index, 'upsert', 'poll', '2026-11-20T10:00:00.000Z', time, ...cells, ''].join(','),
      );
    await put(
      `schema-1/2026-11-20/0-${first}.csv.gz`,
      gzipSync(`${[names.join(','), ...lines].join('\n')}\n`),
    );
  }
}

async function bars(): Promise<{ time: string; cells: string[] }[]> {
  return (await readSp500Bars()).map(({ date, open, close, volume }) => ({
    time: `${date}T05:00:00.000Z`,
    cells: ['SPX', date, open, close, volume],
  }));
}

beforeAll(async () => {
  const { python, java } = await ensureToolchain(['python', 'java']);
  workDir = await mkdtemp(join(tmpdir(), 'overview-'));
  standIn = await startDatabricks({ workDir, python, java, signal: new AbortController().signal });
  databricks = createDatabricks({
    host: standIn.url,
    auth: { kind: 'pat', token: standIn.token },
    userAgent: 'test/1',
    allowInsecureLoopback: true,
  });
  await databricks.unityCatalog.createSchema('main', 'landing');
  await databricks.unityCatalog.createVolume('main', 'landing', 'feeds');
  await databricks.workspace.mkdirs(`${FOLDER}/tributary`);
  const modules = (await readdir(join(NOTEBOOKS, 'tributary'))).filter((name) => name.endsWith('.py'));
  for (const name of modules) {
    await databricks.workspace.import(
      `${FOLDER}/tributary/${name}`,
      await readFile(join(NOTEBOOKS, 'tributary', name)),
      { format: 'AUTO', overwrite: true },
    );
  }
  await databricks.workspace.importVerified(
    `${FOLDER}/overview`,
    await readFile(join(NOTEBOOKS, 'overview.py')),
    {
      format: 'SOURCE',
      language: 'PYTHON',
      overwrite: true,
    },
  );

  await land('bars', BARS, await bars());
  await land('few', READINGS, [
    { time: '2026-11-20T01:00:00.000Z', cells: ['2026-11-20T01:00:00Z', '1.5'] },
    { time: '2026-11-20T02:00:00.000Z', cells: ['2026-11-20T02:00:00Z', 'broken'] },
    { time: '2026-11-20T02:00:00.000Z', cells: ['2026-11-20T02:00:00Z', '2.5'] },
  ]);
  await land('none', READINGS, []);
  const job = await databricks.jobs.create({
    name: 'overviews',
    tasks: ['bars', 'few', 'none'].map((feed) => ({
      task_key: feed,
      notebook_task: {
        notebook_path: `${FOLDER}/overview`,
        base_parameters: {
          feed: `test.${feed}`,
          volume_path: `${ROOT}/${feed}`,
          topic_id: 'topic-id',
          schema: '1',
        },
      },
    })),
  });
  const runId = await databricks.jobs.runNow(job);
  run = await waitUntil(
    async () => {
      const now = await databricks.jobs.getRun(runId);
      return now.termination === undefined ? undefined : now;
    },
    { what: 'the overviews', timeoutMs: 180_000, intervalMs: 200 },
  );
}, 300_000);

afterAll(async () => {
  databricks.close();
  await standIn.stop();
  await rm(workDir, { recursive: true, force: true });
});

async function resultOf(feed: string): Promise<unknown> {
  const task = run.tasks.find((each) => each.taskKey === feed);
  const output = await databricks.jobs.getRunOutput(task?.runId ?? 0);
  expect(output.errorTrace).toBeUndefined();
  return JSON.parse(output.result ?? 'null');
}

async function pageOf(feed: string): Promise<string> {
  return (await fetch(`${run.pageUrl}/${feed}`)).text();
}

describe('the overview', () => {
  it('of real bars finds fat tails and no forecast better than the naive one', async () => {
    expect(await resultOf('bars')).toMatchObject({
      rows: 5_105,
      notCastable: 0,
      target: 'close',
      transform: 'logReturn',
      normal: { rejected: true },
      correlation: { with: 'volume' },
      forecast: { better: false },
      streamed: 5_105,
    });
    const page = await pageOf('bars');
    expect(page).toContain('The regression is not better than the naive forecast');
    expect(page).toContain('Stream and batch agree');
    expect(page.match(/data:image\/png/g)?.length).toBeGreaterThanOrEqual(4);
  });

  it('of a few rows says what it cannot compute, and counts what it cannot cast', async () => {
    expect(await resultOf('few')).toMatchObject({
      rows: 2,
      notCastable: 1,
      normal: null,
      correlation: null,
      forecast: null,
      streamed: 3,
    });
    const page = await pageOf('few');
    expect(page).toContain('The test of normality was not computed');
    expect(page).toContain('broken');
  });

  it('of a feed without files says that nothing has landed', async () => {
    expect(await resultOf('none')).toEqual({ feed: 'test.none', rows: 0 });
    expect(await pageOf('none')).toContain('No file of this feed has landed yet');
  });
});
