import { mkdtemp, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Sql } from '@tributary/databricks';
import { KafkaError } from '@tributary/kafka';
import { waitUntil } from '@tributary/local/testing';
import { startInProcess } from '../testing/consumer-in-process.ts';
import { MemoryTopic } from '../testing/memory-topic.ts';
import { FolderVolume } from '../volume/folder-volume.ts';
import { audit } from './audit.ts';
import { warehouseTable } from './bronze.ts';
import { kafkaTopicView } from './kafka-topic-view.ts';
import type { AuditReport } from './report.ts';
import { auditSummary } from './summary.ts';
import type { TopicView } from './topic-view.ts';

const FEED = 'test.audited';
let folder: string;
let topic: MemoryTopic;
let volume: FolderVolume;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-audit-'));
  volume = new FolderVolume(join(folder, 'volume'));
  topic = new MemoryTopic(FEED);
  topic.append(
    0,
    Array.from({ length: 30 }, (_, index) => `v${index}`),
  );
  const consumer = startInProcess({ topic, volume, dataDir: folder });
  await waitUntil(() => consumer.state.totals().uploaded.rows === 30 || undefined, {
    what: '30 rows',
    timeoutMs: 10_000,
    intervalMs: 2,
  });
  await consumer.stop();
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

function run(complete = true): Promise<AuditReport> {
  return audit({ feed: FEED, topic: topic.view(), volume, complete });
}

async function codes(): Promise<string[]> {
  return [...new Set((await run()).findings.map(({ code }) => code))];
}

async function pathsEndingIn(ending: string): Promise<string[]> {
  const files = await readdir(volume.root, { recursive: true });
  return files.filter((file) => file.endsWith(ending)).map((file) => join(volume.root, file));
}

async function onlyPath(ending: string): Promise<string> {
  const [path] = await pathsEndingIn(ending);
  if (path === undefined) throw new Error(`nothing ends in ${ending}`);
  return path;
}

describe('an audit', () => {
  it('proves what has landed, and says so', async () => {
    const report = await run();
    expect(report).toMatchObject({ ok: true, partitions: [{ files: 3, rows: 30, comparedRows: 30 }] });
    expect(auditSummary(report)).toContain('audited=ok 30 rows in 3 files');
  });

  it('finds an altered cell by its hash and by its record', async () => {
    const path = await onlyPath('0-10.csv');
    await writeFile(path, (await readFile(path, 'utf8')).replace('v12', 'v99'));
    expect(await codes()).toEqual(['FileAltered', 'RowDiffers']);
    expect(auditSummary(await run())).toContain('audited=failed 2 findings');
  });

  it('finds a missing file, its records and its orphaned manifest', async () => {
    await unlink(await onlyPath('0-10.csv'));
    expect((await codes()).sort()).toEqual(['FileMissing', 'RecordsMissing']);
  });

  it('finds a row too many, a row too few and a row twice', async () => {
    const path = await onlyPath('0-10.csv');
    const lines = (await readFile(path, 'utf8')).split('\n');
    await writeFile(path, [...lines.slice(0, 3), ...lines.slice(4)].join('\n'));
    expect(await codes()).toContain('RecordsMissing');
    await writeFile(path, [...lines.slice(0, 4), lines[3], ...lines.slice(4)].join('\n'));
    expect(await codes()).toContain('RowsTwice');
  });

  it('finds a row that the topic never committed', async () => {
    const path = await onlyPath('0-20.csv');
    const text = await readFile(path, 'utf8');
    await writeFile(path, `${text}0,30,upsert,,2026-01-02T03:04:05.000Z,,1,invented,\n`);
    expect(await codes()).toContain('RowUnknown');
  });

  it('finds a second file of the same records, whatever its schema', async () => {
    const path = await onlyPath('0-20.csv');
    const copy = path.replace(/0-20\.csv$/, '0-20.csv.gz');
    await writeFile(copy, await readFile(path));
    expect(await codes()).toContain('RowsTwice');
  });

  it('finds strangers, lost manifests, lost schemas and broken files', async () => {
    await writeFile((await onlyPath('0-0.csv')).replace('0-0.csv', 'notes.txt'), 'hello');
    await unlink(await onlyPath('0-10.json'));
    await unlink(await onlyPath('schema-1.json'));
    await writeFile(await onlyPath('0-20.csv'), '"');
    expect(await codes()).toEqual(
      expect.arrayContaining(['FileUnexpected', 'ManifestMissing', 'SchemaMissing', 'FileMalformed']),
    );
  });

  it('tells what has not landed yet, and fails for it only when asked', async () => {
    topic.append(0, ['late']);
    expect(await run(false)).toMatchObject({ ok: true, partitions: [{ notLanded: 1 }] });
    expect((await run(true)).findings).toMatchObject([{ code: 'NotLanded', offset: '31' }]);
  });

  it('takes the manifests for what the topic no longer keeps', async () => {
    topic.truncate(0, 15n);
    expect(await run()).toMatchObject({ ok: true, partitions: [{ comparedRows: 15, manifestOnlyRows: 15 }] });
    const path = await onlyPath('0-0.csv');
    await writeFile(path, (await readFile(path, 'utf8')).replace('v2', 'vX'));
    expect(await codes()).toEqual(['FileAltered']);
  });

  it('finds a file that was removed with its manifest, though the topic keeps its records no longer', async () => {
    topic.truncate(0, 25n);
    await unlink(await onlyPath('0-10.csv'));
    await unlink(await onlyPath('0-10.json'));
    expect((await run()).findings).toMatchObject([
      {
        code: 'FileMissing',
        offset: '1',
        lastOffset: '19',
        message: expect.stringContaining('1 files with 10 rows'),
      },
    ]);
    await unlink(await onlyPath('0-0.csv'));
    await unlink(await onlyPath('0-0.json'));
    expect((await run()).findings).toMatchObject([
      { code: 'FileMissing', message: expect.stringContaining('2 files with 20 rows') },
    ]);
  });

  it('asks the topic anew for its bounds once for what landed while it was read, not for every row', async () => {
    const view = topic.view();
    let asked = 0;
    const partitions = async (): ReturnType<typeof view.partitions> => {
      asked += 1;
      const bounds = await view.partitions();
      return asked > 1 ? bounds : bounds.map((each) => ({ ...each, end: 5n }));
    };
    const report = await audit({ feed: FEED, topic: { ...view, partitions }, volume });
    expect(report).toMatchObject({ ok: true, partitions: [{ rows: 30, comparedRows: 5 }] });
    expect(asked).toBe(2);
    // Rows that the topic never had, within its bounds.
    const none = { ...view, partitions, read: async function* () {} };
    asked = 1;
    expect((await audit({ feed: FEED, topic: none, volume })).findingCount).toBe(30);
    expect(asked).toBe(3);
  });

  it('compares what landed of a topic that was made anew with its manifests, not with the new one', async () => {
    const former = topic.topicId;
    topic.recreate('the-new-topic');
    topic.append(
      0,
      Array.from({ length: 40 }, () => 'another'),
    );
    const prove = async (complete: boolean): Promise<AuditReport> =>
      audit({ feed: FEED, topic: await kafkaTopicView(topic.kafka(), FEED, former), volume, complete });
    const report = await prove(false);
    expect(report).toMatchObject({
      ok: true,
      topicId: former,
      topicGone: true,
      partitions: [{ rows: 30, comparedRows: 0, manifestOnlyRows: 30 }],
    });
    expect(auditSummary(report)).toContain(`(topic ${former}, which is no more)`);
    const path = await onlyPath('0-10.csv');
    await writeFile(path, (await readFile(path, 'utf8')).replace('v12', 'v99'));
    expect((await prove(false)).findings).toMatchObject([{ code: 'FileAltered' }]);
    await expect(prove(true)).rejects.toMatchObject({ code: 'TopicMissing' });
  });

  it('proves nothing of a topic that is no more where nothing of it has landed', async () => {
    const gone = await kafkaTopicView(topic.kafka(), FEED, 'no-such-id');
    await expect(audit({ feed: FEED, topic: gone, volume })).rejects.toMatchObject({
      code: 'TopicMissing',
      message: expect.stringContaining('nothing has landed'),
    });
  });

  it('says that the topic was made anew meanwhile, however the walk over the two fails', async () => {
    const view = topic.view();
    const overtaken: TopicView = {
      ...view,
      // eslint-disable-next-line require-yield -- it fails before
      async *read() {
        topic.recreate('the-new-topic');
        throw new KafkaError('TopicMissing', 'has no partition 0');
      },
    };
    await expect(audit({ feed: FEED, topic: overtaken, volume })).rejects.toThrow(/was made anew/);
  });

  it('finds rows of a bronze table that are of no partition of the topic, or of none', async () => {
    const answer = [
      [null, '3', '3', '0', '2', '3'],
      ['7', '1', '1', '5', '5', '5'],
    ];
    const sql = { query: async () => answer } as unknown as Sql;
    const bronze = warehouseTable(sql, 'main.landing.table', 'warehouse');
    const report = await audit({ feed: FEED, topic: topic.view(), volume, bronze });
    expect(report.findings).toMatchObject([
      { code: 'BronzeRowUnknown', message: '3 rows of the bronze table are of no _partition' },
      { code: 'BronzeRowUnknown', partition: 7 },
    ]);
  });

  it('takes a file without rows for the end of its schema where that was closed, else for a broken one', async () => {
    topic.append(0, ['a', 'b', 'c']);
    const columns = [{ name: 'id', role: 'key' as const, type: 'string' }];
    const csv = { cut: { records: 1, bytes: '1Gi', after: '1h' } };
    const consumer = startInProcess({ topic, volume, dataDir: folder, columns, csv });
    await waitUntil(() => consumer.state.totals().uploaded.rows === 33 || undefined, {
      what: '33 rows',
      timeoutMs: 10_000,
      intervalMs: 2,
    });
    await consumer.stop();
    expect(await pathsEndingIn('schema-1/2026-01-02/0-31.csv')).toHaveLength(1);
    expect(await run()).toMatchObject({ ok: true, partitions: [{ files: 6, rows: 33 }] });
    await unlink(await onlyPath('closed/schema-1/0-31.json'));
    expect(await codes()).toContain('FileMalformed');
  });
});
