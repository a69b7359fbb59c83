import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createDatabricks, type Databricks } from '@tributary/databricks';
import { startDatabricks, startMinilake, waitUntil, type Minilake } from '@tributary/local/testing';
import { startInProcess } from '../testing/consumer-in-process.ts';
import { MemoryTopic } from '../testing/memory-topic.ts';
import { FolderVolume } from '../volume/folder-volume.ts';
import { audit } from './audit.ts';
import { warehouseTable } from './bronze.ts';
import type { AuditReport } from './report.ts';
import { auditSummary } from './summary.ts';

/** The files of a feed, and a table of them in a warehouse that others wrote. */
const FEED = 'test.bronze';
const TABLE = 'lab.landing.bronze';
const RECORDS = 30;
let folder: string;
let minilake: Minilake;
let databricks: Databricks;
let topic: MemoryTopic;
let volume: FolderVolume;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-bronze-'));
  volume = new FolderVolume(join(folder, 'volume'));
  topic = new MemoryTopic(FEED);
  // Each transaction leaves an offset without a record behind it.
  for (const start of [0, 10, 20])
    topic.append(
      0,
      Array.from({ length: 10 }, (_, index) => `v${start + index}`),
    );
  const cut = { records: 10, bytes: '1Gi', after: '1h' };
  const consumer = startInProcess({ topic, volume, dataDir: join(folder, 'data'), csv: { cut } });
  await waitUntil(() => consumer.state.totals().landed.rows >= 20 || undefined, {
    what: 'two files',
    timeoutMs: 10_000,
  });
  await consumer.stop();
  minilake = await startMinilake();
  databricks = clientOf(minilake.url, 'any');
  await databricks.unityCatalog.createSchema('lab', 'landing');
}, 180_000);

afterAll(async () => {
  databricks?.close();
  await minilake?.stop();
  await rm(folder, { recursive: true, force: true });
});

const clientOf = (host: string, token: string): Databricks =>
  createDatabricks({ host, auth: { kind: 'pat', token }, userAgent: 'test', allowInsecureLoopback: true });

const sql = (statement: string): Promise<unknown> =>
  databricks.sql.query(statement, { warehouseId: minilake.warehouseId });
const bronze = (name = TABLE, client = databricks) => warehouseTable(client.sql, name, minilake.warehouseId);
const run = (): Promise<AuditReport> => audit({ feed: FEED, topic: topic.view(), volume, bronze: bronze() });
const codes = async (): Promise<string[]> => (await run()).findings.map(({ code }) => code);

/** As an ingest of the first files leaves it, beside rows of a topic that is no more. */
beforeEach(async () => {
  await sql(
    `CREATE OR REPLACE TABLE ${TABLE} (_topic_id STRING, _partition INT, _offset STRING, value STRING)`,
  );
  const rows = Array.from({ length: RECORDS }, (_, index) => ({
    offset: index + Math.floor(index / 10),
    value: `v${index}`,
  }));
  const text = rows.map(({ offset, value }) => `('${topic.topicId}', 0, '${offset}', '${value}')`);
  await sql(
    `INSERT INTO ${TABLE} VALUES ${text.join(', ')}, ('another', 0, '0', 'x'), ('another', 7, '5', 'y')`,
  );
});

describe('an audit of the bronze table', () => {
  it('proves that it holds every row of the files once', async () => {
    const report = await run();
    expect(report).toMatchObject({
      ok: true,
      bronze: {
        checked: true,
        table: TABLE,
        partitions: [
          { partition: 0, rows: 30, expectedRows: 30, notIngested: 0, firstOffset: '0', lastOffset: '31' },
        ],
      },
    });
    expect(auditSummary(report)).toContain(
      'bronze: lab.landing.bronze partition 0: 30 rows up to offset 31, 30 expected',
    );
    expect(JSON.parse(JSON.stringify(report))).toMatchObject({ bronze: { checked: true } });
  });

  it('takes what is not ingested yet for that, and nothing else', async () => {
    await sql(`DELETE FROM ${TABLE} WHERE _topic_id = '${topic.topicId}' AND CAST(_offset AS BIGINT) > 9`);
    expect(await run()).toMatchObject({
      ok: true,
      bronze: { partitions: [{ rows: 10, expectedRows: 10, notIngested: 20 }] },
    });
    await sql(`DELETE FROM ${TABLE}`);
    expect(await run()).toMatchObject({
      ok: true,
      bronze: { partitions: [{ rows: 0, expectedRows: 0, notIngested: 30 }] },
    });
  });

  it('finds a row that is missing, one that is there twice, and one of no file', async () => {
    await sql(`DELETE FROM ${TABLE} WHERE _offset = '13'`);
    expect(await codes()).toEqual(['BronzeRowsMissing']);
    await sql(
      `INSERT INTO ${TABLE} VALUES ('${topic.topicId}', 0, '13', 'v'), ('${topic.topicId}', 0, '13', 'v')`,
    );
    expect(await codes()).toEqual(['BronzeRowsTwice']);
    await sql(`DELETE FROM ${TABLE} WHERE _offset = '13'`);
    await sql(`INSERT INTO ${TABLE} VALUES ('${topic.topicId}', 0, '10', 'of a marker')`);
    expect(await codes()).toEqual(['BronzeRowUnknown']); // as many as there should be
    await sql(`INSERT INTO ${TABLE} VALUES ('${topic.topicId}', 0, '99', 'of nothing')`);
    expect(await codes()).toContain('BronzeRowUnknown');
  });

  it('says why a table that was asked for cannot be compared, and does not call that proven', async () => {
    const report = await audit({
      feed: FEED,
      topic: topic.view(),
      volume,
      bronze: bronze('lab.landing.none'),
    });
    expect(report).toMatchObject({
      ok: false,
      bronze: { checked: false },
      findings: [{ code: 'BronzeNotChecked' }],
    });
    expect(auditSummary(report)).toContain('bronze: not checked, because lab.landing.none cannot be asked');
  });

  it('is part of what the consumer audits of itself, and of what it says on its status', async () => {
    const start = () =>
      startInProcess({
        topic,
        volume,
        dataDir: join(folder, 'data'),
        csv: { cut: { records: 10, bytes: '1Gi', after: '1h' } },
        auditEvery: '50ms',
        bronze: { sql: databricks.sql, table: TABLE, warehouse: minilake.warehouseId },
      });
    const outcome = async (): Promise<unknown> => {
      const consumer = start();
      const said = await waitUntil(() => consumer.state.audit, { what: 'an audit', timeoutMs: 10_000 });
      await consumer.stop();
      return said;
    };
    expect(await outcome()).toMatchObject({
      ok: true,
      message: expect.stringContaining(`So it is in ${TABLE}`),
    });
    await sql(`DELETE FROM ${TABLE} WHERE _offset = '13'`);
    expect(await outcome()).toMatchObject({
      ok: false,
      message: expect.stringContaining('BronzeRowsMissing'),
    });
  });

  it('says that none was asked for', async () => {
    const report = await audit({ feed: FEED, topic: topic.view(), volume });
    expect(report).toMatchObject({ ok: true, bronze: { checked: false, because: 'no table was named' } });
  });

  it('says that a workspace without that warehouse cannot be asked', async () => {
    const signal = new AbortController().signal;
    const standIn = await startDatabricks({ workDir: join(folder, 'workspace'), python: 'python3', signal });
    const client = clientOf(standIn.url, standIn.token);
    try {
      const report = await audit({ feed: FEED, topic: topic.view(), volume, bronze: bronze(TABLE, client) });
      expect(report).toMatchObject({
        ok: false,
        bronze: { checked: false, because: expect.stringContaining('there is stand-in') },
      });
    } finally {
      client.close();
      await standIn.stop();
    }
  });
});
