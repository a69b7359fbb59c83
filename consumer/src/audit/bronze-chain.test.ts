import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Column, ConsumerConfig } from '@tributary/api';
import { createDatabricks, succeeded, type Databricks } from '@tributary/databricks';
import {
  ensureToolchain,
  startDatabricks,
  waitUntil,
  type DatabricksStandIn,
} from '@tributary/local/testing';
import { startInProcess } from '../testing/consumer-in-process.ts';
import { MemoryTopic } from '../testing/memory-topic.ts';
import { DatabricksVolume } from '../volume/databricks-volume.ts';
import { audit } from './audit.ts';
import { warehouseTable } from './bronze.ts';
import type { AuditReport } from './report.ts';

/** From the topic to the table: the consumer lands, the notebook ingests, the audit asks a warehouse, which is Spark. */
const NOTEBOOKS = join(import.meta.dirname, '../../../notebooks');
const FEED = 'test.chain';
const TABLE = 'main.landing.chain';
const VOLUME = { catalog: 'main', schema: 'landing', volume: 'feeds' };
const id: Column = { name: 'id', role: 'key', type: 'string' };
const value: Column = { name: 'value', role: 'measure', type: 'double' };

let folder = '';
let standIn: DatabricksStandIn;
let databricks: Databricks;
let volume: DatabricksVolume;
const topic = new MemoryTopic(FEED, 2);

beforeAll(async () => {
  const { python, java, sparkJars } = await ensureToolchain(['python', 'java', 'spark-jars']);
  folder = await mkdtemp(join(tmpdir(), 'tributary-chain-'));
  const workDir = join(folder, 'workspace');
  standIn = await startDatabricks({ workDir, python, java, sparkJars, signal: new AbortController().signal });
  databricks = createDatabricks({
    host: standIn.url,
    auth: { kind: 'pat', token: standIn.token },
    userAgent: 'test/1',
    allowInsecureLoopback: true,
  });
  await databricks.unityCatalog.createSchema('main', 'landing');
  await databricks.unityCatalog.createVolume('main', 'landing', 'feeds');
  volume = new DatabricksVolume(databricks.files, VOLUME);
  await databricks.workspace.mkdirs('/Shared/chain/tributary');
  const parts = (await readdir(join(NOTEBOOKS, 'tributary'))).filter((name) => name.endsWith('.py'));
  for (const name of parts)
    await databricks.workspace.import(
      `/Shared/chain/tributary/${name}`,
      await readFile(join(NOTEBOOKS, 'tributary', name)),
      { format: 'AUTO', overwrite: true },
    );
  await databricks.workspace.importVerified(
    '/Shared/chain/bronze',
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
  await rm(folder, { recursive: true, force: true });
});

let landed = 0;

async function land(values: string[], columns: Column[], csv: Partial<ConsumerConfig['csv']>): Promise<void> {
  for (const partition of [0, 1]) topic.append(partition, values);
  landed += 2 * values.length;
  const cut = { records: 4, bytes: '1Gi', after: '20ms' };
  const dataDir = join(folder, `disk-${landed}`);
  const consumer = startInProcess({ topic, volume, dataDir, columns, csv: { cut, ...csv } });
  await waitUntil(() => consumer.state.totals().uploaded.rows === landed || undefined, {
    what: `${landed} rows to land: ${consumer.lines.slice(-3).join('')}`,
    timeoutMs: 20_000,
  });
  await consumer.stop();
}

/** One run of the notebook after the other, in one Spark; what each says. */
async function ingest(...schemas: number[]): Promise<unknown[]> {
  const tasks = schemas.map((schema, index) => ({
    task_key: `run-${index}`,
    depends_on: index === 0 ? [] : [{ task_key: `run-${index - 1}` }],
    notebook_task: {
      notebook_path: '/Shared/chain/bronze',
      base_parameters: {
        feed: FEED,
        volume_path: `${volume.root}/${FEED}`,
        topic_id: topic.topicId,
        schema: String(schema),
        table: TABLE,
      },
    },
  }));
  const runId = await databricks.jobs.runNow(await databricks.jobs.create({ name: 'bronze', tasks }));
  const run = await waitUntil(
    async () => {
      const now = await databricks.jobs.getRun(runId);
      return now.termination === undefined ? undefined : now;
    },
    { what: 'the ingest', timeoutMs: 200_000, intervalMs: 200 },
  );
  const outputs = await Promise.all(run.tasks.map((task) => databricks.jobs.getRunOutput(task.runId)));
  if (!succeeded(run)) throw new Error(JSON.stringify(outputs));
  return outputs.map(({ result }) => JSON.parse(result ?? 'null') as unknown);
}

const prove = (): Promise<AuditReport> => {
  const bronze = warehouseTable(databricks.sql, TABLE, 'stand-in');
  return audit({ feed: FEED, topic: topic.view(), volume, complete: true, bronze });
};

it('every record is in the files and in the table once, also behind a change of columns and dialect', async () => {
  await land(['a', 'b"\r\n', '', 'd,;', 'e'], [id], {});
  await land(['f', 'NULL', 'h'], [id, value], {
    delimiter: 'semicolon',
    header: false,
    nullText: 'NULL',
    compression: 'none',
  });
  const [first, again, both] = await ingest(1, 1, 2);
  expect([first, again, both]).toMatchObject([
    { rows: 10, twice: 0 },
    { rows: 10, twice: 0 },
    { rows: 16, twice: 0 },
  ]);
  const after = await prove();
  expect(after.findings).toEqual([]);
  expect(after.bronze).toMatchObject({
    checked: true,
    partitions: [{ rows: 8, expectedRows: 8, notIngested: 0 }, { rows: 8 }],
  });
  const ask = (statement: string): Promise<unknown> =>
    databricks.sql.query(statement, { warehouseId: 'stand-in' });
  expect(
    await ask(
      `SELECT id, value, CAST(_schema AS STRING) FROM ${TABLE} WHERE _partition = 1 AND _schema = 2 ORDER BY _offset`,
    ),
  ).toEqual([
    // What reads as the null word is null to Spark: docs/landing.md.
    ['1', 'f', '2'],
    ['1', null, '2'],
    ['1', 'h', '2'],
  ]);
  await expect(ask(`DELETE FROM ${TABLE}`)).rejects.toMatchObject({ kind: 'user' });
  await expect(databricks.sql.query('SELECT 1', { warehouseId: 'other' })).rejects.toThrow(
    'there is stand-in',
  );
}, 400_000);
