import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { volumeRoot } from '@tributary/api';
import { createDatabricks, succeeded, type Databricks } from '@tributary/databricks';
import {
  ensureToolchain,
  startDatabricks,
  startTestBroker,
  waitUntil,
  type DatabricksStandIn,
  type TestBroker,
} from '@tributary/local/testing';
import { callCli } from './testing/call-cli.ts';
import { publishFeed, writeKafkaDir } from './testing/feed-in-kafka.ts';
import { landByHand } from './testing/land-by-hand.ts';

const FEED = 'markets.landed';
const VOLUME = { catalog: 'main', schema: 'landing', volume: 'feeds' };

let folder = '';
let broker: TestBroker;
let standIn: DatabricksStandIn;
let databricks: Databricks;
let topicId: string;

beforeAll(async () => {
  const { python, java, sparkJars } = await ensureToolchain(['python', 'java', 'spark-jars']);
  folder = await mkdtemp(join(tmpdir(), 'tributary-cli-bronze-'));
  broker = await startTestBroker();
  await writeKafkaDir(broker, join(folder, 'kafka'));
  topicId = await publishFeed(broker, join(folder, 'kafka'), FEED);
  const workDir = join(folder, 'workspace');
  standIn = await startDatabricks({ workDir, python, java, sparkJars, signal: new AbortController().signal });
  const auth = { kind: 'pat', token: standIn.token } as const;
  databricks = createDatabricks({
    host: standIn.url,
    auth,
    userAgent: 'test/1',
    allowInsecureLoopback: true,
  });
  const { unityCatalog, files } = databricks;
  await unityCatalog.createSchema(VOLUME.catalog, VOLUME.schema);
  await unityCatalog.createVolume(VOLUME.catalog, VOLUME.schema, VOLUME.volume);
  await mkdir(join(folder, 'databricks'));
  await writeFile(join(folder, 'databricks', 'host'), standIn.url);
  await writeFile(join(folder, 'databricks', 'token'), standIn.token);
  const store = (path: string, text: string): Promise<void> =>
    files.upload(`${volumeRoot(VOLUME)}/${path}`, Buffer.from(text), {
      overwrite: false,
      createParents: true,
    });
  await landByHand(store, FEED, topicId);
}, 300_000);
afterAll(async () => {
  databricks?.close();
  await standIn?.stop();
  await broker?.stop();
  await rm(folder, { recursive: true, force: true });
}, 30_000);

/** Makes `main.landing.<name>` as an ingest does, of rows with these offsets. */
async function ingest(tables: Readonly<Record<string, number[]>>): Promise<void> {
  const source = [
    '# Databricks notebook source',
    ...Object.entries(tables).flatMap(([name, offsets]) => [
      `rows = [(0, offset, "${topicId}") for offset in ${JSON.stringify(offsets)}]`,
      'frame = spark.createDataFrame(rows, "_partition int, _offset bigint, _topic_id string")',
      `frame.write.format("delta").saveAsTable("main.landing.${name}")`,
    ]),
    '',
  ].join('\n');
  const { workspace, jobs } = databricks;
  await workspace.import('/Shared/ingest', Buffer.from(source), {
    format: 'SOURCE',
    language: 'PYTHON',
    overwrite: true,
  });
  const tasks = [{ task_key: 'ingest', notebook_task: { notebook_path: '/Shared/ingest' } }];
  const runId = await jobs.runNow(await jobs.create({ name: 'ingest', tasks }));
  const run = await waitUntil(
    async () => {
      const now = await jobs.getRun(runId);
      return now.termination === undefined ? undefined : now;
    },
    { what: 'the ingest', timeoutMs: 200_000, intervalMs: 200 },
  );
  if (!succeeded(run)) throw new Error(JSON.stringify(await jobs.getRunOutput(run.tasks[0]?.runId ?? 0)));
}

function audit(table: string, ...more: string[]): ReturnType<typeof callCli> {
  const kafka = ['--bootstrap', broker.bootstrapServers, '--tls', 'ca.crt', '--username', 'admin'];
  const dirs = ['--kafka-dir', join(folder, 'kafka'), '--databricks-dir', join(folder, 'databricks')];
  const bronze = ['--volume', 'main.landing.feeds', '--bronze', table, '--warehouse', 'stand-in'];
  return callCli('audit', FEED, ...kafka, ...dirs, ...bronze, ...more);
}

it('tributary audit --bronze proves a table that holds the rows of the files, and says what one lacks or has twice', async () => {
  await ingest({ whole: [0, 1], broken: [1, 1] });
  const proven = await audit('main.landing.whole', '--complete', '--json');
  expect(proven.err).toBe('');
  expect(JSON.parse(proven.out)).toMatchObject({
    ok: true,
    findings: [],
    bronze: {
      checked: true,
      table: 'main.landing.whole',
      partitions: [{ partition: 0, rows: 2, expectedRows: 2, notIngested: 0 }],
    },
  });
  expect(proven.code).toBe(0);
  const said = await audit('main.landing.whole');
  expect(said.out).toContain('bronze: main.landing.whole partition 0: 2 rows up to offset 1, 2 expected');
  expect(said.out).toContain('audited=ok');
  expect(said.code).toBe(0);
  const broken = await audit('main.landing.broken');
  expect(broken.out).toContain('BronzeRowsTwice');
  expect(broken.out).toContain('BronzeRowsMissing');
  expect(broken.code).toBe(1);
}, 400_000);
