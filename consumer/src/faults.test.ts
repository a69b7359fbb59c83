import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { waitUntil } from '@tributary/local/testing';
import { audit } from './audit/audit.ts';
import type { AuditReport } from './audit/report.ts';
import {
  startInProcess,
  type InProcessConsumer,
  type InProcessOptions,
} from './testing/consumer-in-process.ts';
import { MemoryTopic } from './testing/memory-topic.ts';
import { TroubledVolume } from './testing/troubled-volume.ts';
import { FolderVolume } from './volume/folder-volume.ts';
import type { Volume } from './volume/volume.ts';

const FEED = 'test.faults';

let folder: string;
let topic: MemoryTopic;
let volume: FolderVolume;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-faults-'));
  volume = new FolderVolume(join(folder, 'volume'));
  topic = new MemoryTopic(FEED);
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

function start(options: Partial<InProcessOptions> = {}): InProcessConsumer {
  const csv = { cut: { records: 10, bytes: '1Gi', after: '20ms' } };
  return startInProcess({ topic, volume, dataDir: join(folder, 'disk'), csv, ...options });
}

function publish(count: number): void {
  topic.append(
    0,
    Array.from({ length: count }, (_, index) => `v${index}`),
  );
}

async function until(consumer: InProcessConsumer, rows: number): Promise<void> {
  await waitUntil(() => consumer.state.totals().uploaded.rows === rows || undefined, {
    what: `${rows} rows: ${consumer.lines.slice(-3).join('')}`,
    timeoutMs: 10_000,
    intervalMs: 2,
  });
}

function prove(): Promise<AuditReport> {
  return audit({ feed: FEED, topic: topic.view(), volume, complete: true });
}

describe('an empty topic', () => {
  it('makes no file, and has a position all the same', async () => {
    const consumer = start();
    await waitUntil(() => consumer.state.positioned, { what: 'its position', timeoutMs: 5_000 });
    await consumer.stop();
    const report = await prove();
    expect(report).toMatchObject({ ok: true, partitions: [{ files: 0, rows: 0 }] });
    expect((await readdir(volume.root, { recursive: true })).filter((name) => name.includes('.csv'))).toEqual(
      [],
    );
  });
});

describe('a topic with holes', () => {
  it('of aborted transactions and compaction lands what there is, with no gap for an audit', async () => {
    const step = fc.oneof(
      fc.record({ records: fc.integer({ min: 1, max: 15 }) }),
      fc.record({ aborted: fc.integer({ min: 0, max: 8 }) }),
    );
    const histories = fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 2, max: 5 }),
      async (steps, every) => {
        topic.recreate(`id-${fc.hash(JSON.stringify([steps, every]))}`);
        for (const each of steps) {
          if ('aborted' in each) topic.appendAborted(0, each.aborted);
          else publish(each.records);
        }
        topic.compact(0, (offset) => offset % BigInt(every) === 0n);
        const kept = (await topic.view().partitions())[0];
        let rows = 0;
        for await (const _ of topic.view().read(0, 0n, kept?.end ?? 0n)) rows += 1;
        const consumer = start();
        await until(consumer, rows);
        await consumer.stop();
        const report = await prove();
        expect(report).toMatchObject({ findings: [], partitions: [{ rows }] });
      },
    );
    await fc.assert(histories, { numRuns: 15 });
  });

  it('that compaction made after the records had landed is proven by the manifests', async () => {
    publish(30);
    const consumer = start();
    await until(consumer, 30);
    await consumer.stop();
    topic.compact(0, (offset) => offset < 25n);
    topic.compacted = true;
    expect(await prove()).toMatchObject({
      ok: true,
      partitions: [{ rows: 30, comparedRows: 5, manifestOnlyRows: 25 }],
    });
    topic.compacted = false;
    expect((await prove()).findings[0]).toMatchObject({ code: 'RowUnknown' });
  });
});

describe('a topic that was made anew', () => {
  it('lands in a folder of its own, beside what waited of the former one', async () => {
    const troubled = new TroubledVolume(volume);
    const first = start({ volume: troubled, drainMs: 0 });
    publish(10);
    await until(first, 10);
    troubled.delay((path) => path.includes('.csv'));
    publish(20);
    await waitUntil(() => first.state.totals().landed.rows === 30 || undefined, {
      what: '30 rows on the disk',
      timeoutMs: 5_000,
      intervalMs: 2,
    });
    await first.stop();
    const former = topic.topicId;
    topic.recreate('the-second-id-of-the-topic');
    publish(15);
    const second = start();
    await until(second, 15);
    const formerFiles = async (): Promise<number> =>
      (await readdir(join(volume.root, FEED, former, 'schema-1'), { recursive: true })).filter((name) =>
        name.includes('.csv'),
      ).length;
    await waitUntil(async () => ((await formerFiles()) === 3 ? true : undefined), {
      what: 'the files of the former topic',
      timeoutMs: 5_000,
    });
    await second.stop();
    expect(await prove()).toMatchObject({
      ok: true,
      topicId: 'the-second-id-of-the-topic',
      partitions: [{ rows: 15 }],
    });
  });

  it('while it is read ends the consumer, so that a new one begins in the new folder', async () => {
    const first = start();
    publish(10);
    await until(first, 10);
    topic.recreate('made-anew-while-it-was-read', 2);
    await expect(first.ended).rejects.toMatchObject({ code: 'TopicChanged' });
    publish(5);
    const second = start();
    await until(second, 5);
    await second.stop();
    expect(await prove()).toMatchObject({ ok: true, partitions: [{ rows: 5 }, { rows: 0 }] });
  });
});

it('of a topic that was made anew and grew past where it was, nothing lands in the former folder', async () => {
  const first = start();
  publish(10);
  await until(first, 10);
  const former = topic.topicId;
  topic.recreate('made-anew-and-grown-at-once');
  publish(200);
  await expect(first.ended).rejects.toMatchObject({ code: 'TopicChanged' });
  const second = start();
  await until(second, 200);
  await second.stop();
  expect(await prove()).toMatchObject({ findings: [], partitions: [{ rows: 200 }] });
  const files = await readdir(join(volume.root, FEED, former, 'schema-1'), { recursive: true });
  expect(files.filter((name) => name.includes('.csv'))).toHaveLength(1);
});

describe('a disk that is gone', () => {
  it('after a crash costs nothing but reading again', async () => {
    const cases = fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 2, maxLength: 5 }),
      async (counts) => {
        topic.recreate(`id-${fc.hash(JSON.stringify(counts))}`);
        let total = 0;
        for (const [index, count] of counts.entries()) {
          publish(count);
          total += count;
          const consumer = start({ drainMs: 0, dataDir: join(folder, `disk-${index}`) });
          if (index % 2 === 0) await until(consumer, total);
          await consumer.stop();
          await rm(join(folder, `disk-${index}`), { recursive: true, force: true });
        }
        const last = start();
        await until(last, total);
        await last.stop();
        expect(await prove()).toMatchObject({ findings: [], partitions: [{ rows: total }] });
      },
    );
    await fc.assert(cases, { numRuns: 8 });
  });

  it('while it is used ends the consumer with the reason, and the next one goes on', async () => {
    const first = start();
    publish(15);
    await until(first, 15);
    await rm(join(folder, 'disk'), { recursive: true, force: true });
    publish(15);
    await expect(first.ended).rejects.toMatchObject({ code: 'ENOENT' });
    const second = start();
    await until(second, 30);
    await second.stop();
    expect(await prove()).toMatchObject({ ok: true, partitions: [{ rows: 30 }] });
  });
});

it('a file that waits for its upload and is gone from our own disk ends the consumer, and the next one reads again', async () => {
  const troubled = new TroubledVolume(volume);
  const first = start({ volume: troubled });
  publish(10);
  await until(first, 10);
  troubled.delay((path) => path.includes('.csv'));
  publish(20);
  await waitUntil(() => troubled.hasInFlight || undefined, { what: 'an upload', timeoutMs: 5_000 });
  await rm(join(folder, 'disk', 'spool', 'complete'), { recursive: true, force: true });
  await expect(first.ended).rejects.toMatchObject({ name: 'OwnDiskError', code: 'ENOENT' });
  const second = start();
  await until(second, 30);
  await second.stop();
  expect(await prove()).toMatchObject({ findings: [], partitions: [{ rows: 30 }] });
});

it('a disk that holds what has landed stays full, and says what to do', async () => {
  const budget: { of?: InProcessConsumer } = {};
  const onDisk = new FolderVolume(join(folder, 'disk', 'volume'), (bytes) => budget.of?.budget.take(bytes));
  const consumer = start({ volume: onDisk, budget: 3_000 });
  budget.of = consumer;
  for (let batch = 0; batch < 10; batch += 1) publish(20);
  await waitUntil(() => consumer.state.volume.reason === 'DiskFull' || undefined, {
    what: 'the disk to be full',
    timeoutMs: 5_000,
    intervalMs: 2,
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(consumer.state.volume).toMatchObject({
    healthy: false,
    reason: 'DiskFull',
    message: expect.stringContaining('raise spec.storage.size'),
  });
  expect(consumer.state.totals().uploaded.rows).toBeLessThan(200);
  await consumer.stop();
});

describe('a listing that is behind', () => {
  it('is made up for by reads: nothing lands twice, and no gap is reported where there is none', async () => {
    const first = start();
    publish(35);
    await until(first, 35);
    await first.stop();
    // Retention has meanwhile taken what the hidden manifests speak of.
    topic.truncate(0, 34n);
    publish(12);
    const troubled = new TroubledVolume(volume);
    troubled.hidden = (name) => /^0-[123]/.test(name);
    const second = start({ volume: troubled, dataDir: join(folder, 'other-disk') });
    await until(second, 47);
    await second.stop();
    expect(await prove()).toMatchObject({ findings: [], partitions: [{ rows: 47 }] });
  });

  it('of a file whose manifest was never written leads to the same file again', async () => {
    const troubled = new TroubledVolume(volume);
    const first = start({ volume: troubled, drainMs: 0 });
    publish(10);
    await until(first, 10);
    troubled.delay((path) => path.includes('/manifests/'));
    publish(20);
    await waitUntil(() => troubled.hasInFlight || undefined, {
      what: 'a manifest to be lost',
      timeoutMs: 5_000,
    });
    await first.stop();
    const behind = new TroubledVolume(volume);
    behind.hidden = (name) => name.startsWith('0-11.');
    const second = start({ volume: behind, dataDir: join(folder, 'other-disk') });
    await until(second, 30);
    await second.stop();
    expect(await prove()).toMatchObject({ findings: [], partitions: [{ rows: 30 }] });
  });
});

describe('a partition where nothing has landed yet', () => {
  it('lists the newest folders only, unless the topic has lost what may be in older ones', async () => {
    topic.recreate('of-three-partitions', 3);
    publish(10);
    const first = start();
    await until(first, 10);
    await first.stop();
    const landed = join(FEED, topic.topicId, 'schema-1');
    for (let day = 1; day <= 9; day += 1)
      await mkdir(join(volume.root, landed, `2025-01-0${day}`), { recursive: true });
    let listed: string[] = [];
    const counting: Volume = {
      root: volume.root,
      create: (...call) => volume.create(...call),
      read: (...call) => volume.read(...call),
      list: (path, signal) => {
        listed.push(path);
        return volume.list(path, signal);
      },
    };
    const daysListed = async (): Promise<number> => {
      listed = [];
      const consumer = start({ volume: counting });
      await waitUntil(() => consumer.state.positioned || undefined, {
        what: 'its position',
        timeoutMs: 5_000,
      });
      await consumer.stop();
      return listed.filter((path) => path.includes('/schema-1/2025-')).length;
    };
    expect(await daysListed()).toBe(0);
    topic.append(2, ['a', 'b', 'c', 'd', 'e', 'f']);
    topic.truncate(2, 5n);
    expect(await daysListed()).toBe(9);
  });
});

it('a name that is said to be taken while nobody can read it yet is no alarm: it is tried again', async () => {
  const asked = new Set<string>();
  const early: Volume = {
    root: volume.root,
    read: (...call) => volume.read(...call),
    list: (...call) => volume.list(...call),
    create: async (path, ...rest) => {
      if (asked.has(path)) return volume.create(path, ...rest);
      asked.add(path);
      return 'exists';
    },
  };
  const consumer = start({ volume: early });
  publish(25);
  await until(consumer, 25);
  await consumer.stop();
  expect(await prove()).toMatchObject({ findings: [], partitions: [{ rows: 25 }] });
  expect(asked).not.toContain(`${FEED}/${topic.topicId}/_meta/schema-2.json`);
});

it('an audit of a topic that is made anew meanwhile finds nothing wrong, and is not made', async () => {
  const consumer = start();
  publish(25);
  await until(consumer, 25);
  await consumer.stop();
  const meanwhile: Volume = {
    root: volume.root,
    create: (...call) => volume.create(...call),
    list: (...call) => volume.list(...call),
    read: (...call) => {
      if (topic.topicId !== 'made-anew') topic.recreate('made-anew');
      return volume.read(...call);
    },
  };
  const audited = audit({ feed: FEED, topic: topic.view(), volume: meanwhile });
  await expect(audited).rejects.toMatchObject({ code: 'TopicMissing' });
});

describe('a disk budget that is spent', () => {
  it('makes reading wait, says so, and goes on once uploads have made room', async () => {
    const troubled = new TroubledVolume(volume);
    const consumer = start({ volume: troubled, budget: 2_000 });
    await waitUntil(() => consumer.state.positioned, { what: 'its position', timeoutMs: 5_000 });
    troubled.freeze();
    for (let batch = 0; batch < 10; batch += 1) publish(20);
    await waitUntil(() => consumer.state.volume.reason === 'DiskFull' || undefined, {
      what: 'the disk to be full',
      timeoutMs: 5_000,
      intervalMs: 2,
    });
    expect(consumer.budget.used).toBeLessThan(4_000);
    expect(consumer.state.lag() ?? 0).toBeGreaterThan(0);
    troubled.thaw();
    await until(consumer, 200);
    await consumer.stop();
    expect(consumer.state.volume.healthy).toBe(true);
    expect(consumer.budget.used).toBe(0);
    expect(await prove()).toMatchObject({ ok: true, partitions: [{ rows: 200 }] });
  });

  it('by files that are open in many partitions has room again once they are completed', async () => {
    topic.recreate('of-many-partitions', 8);
    const csv = { cut: { records: 1_000, bytes: '1Gi', after: '1h' } };
    const consumer = start({ csv, budget: 4_000 });
    let all = 0;
    const isRead = (): boolean => consumer.state.totals().landed.rows + (consumer.state.lag() ?? 0) === all;
    for (let batch = 0; batch < 20; batch += 1) {
      for (let partition = 0; partition < 8; partition += 1) topic.append(partition, ['a', 'b', 'c']);
      all += 24;
      await waitUntil(() => isRead() || undefined, {
        what: 'everything to be read',
        timeoutMs: 5_000,
        intervalMs: 2,
      });
    }
    expect(consumer.state.totals().uploaded.rows).toBeGreaterThan(0);
    await consumer.stop();
    const report = await prove();
    expect(report.findings).toEqual([]);
    expect(report.partitions.reduce((sum, { rows }) => sum + rows, 0)).toBe(all);
  });

  it('does not make reading wait for files that are kept after their upload: they go', async () => {
    const consumer = start({ budget: 4_000, keep: '1h' });
    for (let batch = 0; batch < 20; batch += 1) publish(20);
    await until(consumer, 400);
    const kept = await readdir(join(folder, 'disk', 'kept'), { recursive: true, withFileTypes: true });
    const files = kept.filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(0);
    expect(files.length).toBeLessThan(40);
    await consumer.stop();
    expect(consumer.budget.used).toBe(0);
    // What a former life kept is not what it has to upload.
    const second = start({ budget: 4_000, keep: '1h' });
    publish(20);
    await until(second, 420);
    await second.stop();
    expect(second.budget.used).toBe(0);
    expect(await prove()).toMatchObject({ ok: true, partitions: [{ rows: 420 }] });
  });
});
