import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createDatabricks, succeeded, type Databricks } from '@tributary/databricks';
import { waitUntil } from '../processes/wait-until.ts';
import { ensureToolchain } from '../toolchain/index.ts';
import { startDatabricks, type DatabricksStandIn } from './index.ts';
import { landRows, TOPIC_ID, type LandedRow } from './landed-rows.ts';

/** The notebook that makes a feed's bronze table, and the warehouse that the audit asks about it. */
const NOTEBOOKS = join(import.meta.dirname, '../../../notebooks');
const FEED = '/Volumes/main/landing/feeds/test.bronze';
const TABLE = 'main.landing.bronze_readings';
const COLUMNS = [
  { name: 'at', role: 'time', type: 'timestamp' },
  { name: 'level', role: 'measure', type: 'double' },
];
let workDir = '';
let standIn: DatabricksStandIn;
let databricks: Databricks;

const rows = (count: number): LandedRow[] =>
  Array.from({ length: count }, (_, index) => ({
    time: '2026-11-20T01:00:00.000Z',
    cells: [`t${index}`, `${index}.50`],
  }));

beforeAll(async () => {
  const { python, java, sparkJars } = await ensureToolchain(['python', 'java', 'spark-jars']);
  workDir = await mkdtemp(join(tmpdir(), 'bronze-'));
  standIn = await startDatabricks({ workDir, python, java, sparkJars, signal: new AbortController().signal });
  databricks = createDatabricks({
    host: standIn.url,
    auth: { kind: 'pat', token: standIn.token },
    userAgent: 'test/1',
    allowInsecureLoopback: true,
  });
  await databricks.unityCatalog.createSchema('main', 'landing');
  await databricks.unityCatalog.createVolume('main', 'landing', 'feeds');
  await databricks.workspace.mkdirs('/Shared/bronze/tributary');
  for (const name of (await readdir(join(NOTEBOOKS, 'tributary'))).filter((each) => each.endsWith('.py')))
    await databricks.workspace.import(
      `/Shared/bronze/tributary/${name}`,
      await readFile(join(NOTEBOOKS, 'tributary', name)),
      { format: 'AUTO', overwrite: true },
    );
  await databricks.workspace.importVerified(
    '/Shared/bronze/bronze',
    await readFile(join(NOTEBOOKS, 'bronze.py')),
    {
      format: 'SOURCE',
      language: 'PYTHON',
      overwrite: true,
    },
  );
}, 300_000);

afterAll(async () => {
  databricks?.close();
  await standIn?.stop();
  await rm(workDir, { recursive: true, force: true });
});

async function ingest(schema: string): Promise<unknown> {
  const parameters = { feed: 'test.bronze', volume_path: FEED, topic_id: TOPIC_ID, schema, table: TABLE };
  const task = { notebook_path: '/Shared/bronze/bronze', base_parameters: parameters };
  const job = await databricks.jobs.create({
    name: 'bronze',
    tasks: [{ task_key: 'bronze', notebook_task: task }],
  });
  const runId = await databricks.jobs.runNow(job);
  const run = await waitUntil(
    async () => {
      const now = await databricks.jobs.getRun(runId);
      return now.termination === undefined ? undefined : now;
    },
    { what: 'the ingest', timeoutMs: 120_000, intervalMs: 200 },
  );
  const { result, error, errorTrace } = await databricks.jobs.getRunOutput(runId);
  if (!succeeded(run)) throw new Error(`${error}\n${errorTrace}`);
  return JSON.parse(result ?? 'null');
}

const ask = (statement: string) => databricks.sql.query(statement, { warehouseId: 'stand-in' });

it('has every row of every schema once, however often it is ingested, and answers the audit’s questions', async () => {
  expect(await ingest('1')).toEqual({ feed: 'test.bronze', table: TABLE, rows: 0 });
  await landRows(databricks, FEED, COLUMNS, rows(25));
  expect(await ingest('1')).toMatchObject({ rows: 25, twice: 0 });
  expect(await ingest('1')).toMatchObject({ rows: 25, twice: 0 });

  // A wider schema in another dialect, as a consumer opens it.
  const put = (path: string, text: string): Promise<void> =>
    databricks.files.upload(`${FEED}/${TOPIC_ID}/${path}`, Buffer.from(text), {
      overwrite: false,
      createParents: true,
    });
  const wider = [...COLUMNS, { name: 'note', type: 'string' }];
  await put(
    '_meta/schema-2.json',
    JSON.stringify({
      version: 2,
      columns: wider,
      csv: { delimiter: ';', header: false, nullSequence: 'NULL' },
    }),
  );
  await put(
    'schema-2/2026-11-21/0-25.csv',
    '0;25;upsert;p;2026-11-21T01:00:00.000Z;NULL;t25;NULL;"a;b";NULL\n',
  );
  expect(await ingest('2')).toMatchObject({ rows: 26, twice: 0 });

  const columns = 'CAST(_offset AS STRING), at, level, note, _topic_id, CAST(_schema AS STRING)';
  expect(
    await ask(
      `SELECT ${columns} FROM \`main\`.\`landing\`.\`bronze_readings\` WHERE _offset >= 24 ORDER BY _offset`,
    ),
  ).toEqual([
    ['24', 't24', '24.50', null, TOPIC_ID, '1'],
    ['25', 't25', null, 'a;b', TOPIC_ID, '2'],
  ]);
  await expect(ask('SELECT 1 FROM main.landing.none')).rejects.toMatchObject({
    kind: 'user',
    message: expect.stringContaining('landing'),
  });
  await expect(ask(`DELETE FROM ${TABLE}`)).rejects.toMatchObject({ kind: 'user' });
  await expect(databricks.sql.query('SELECT 1', { warehouseId: 'other' })).rejects.toThrow(
    'there is stand-in',
  );
}, 400_000);
