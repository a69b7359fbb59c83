import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { waitUntil } from '@tributary/local/testing';
import { audit } from './audit/audit.ts';
import type { AuditReport } from './audit/report.ts';
import { startInProcess, type InProcessConsumer } from './testing/consumer-in-process.ts';
import { MemoryTopic } from './testing/memory-topic.ts';
import { UnreliableVolume, type Fate } from './testing/unreliable-volume.ts';
import { FolderVolume } from './volume/folder-volume.ts';

const FEED = 'test.feed';
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-delivery-'));
  folders.push(folder);
  return folder;
}

function texts(count: number, prefix = 'v'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

function prove(topic: MemoryTopic, volume: FolderVolume): Promise<AuditReport> {
  return audit({ feed: FEED, topic: topic.view(), volume, complete: true });
}

function uploadedRows(consumer: InProcessConsumer, rows: number): Promise<true> {
  return waitUntil(() => consumer.state.totals().uploaded.rows === rows || undefined, {
    what: `${rows} rows to be uploaded: ${consumer.lines.slice(-5).join('')}`,
    timeoutMs: 10_000,
    intervalMs: 2,
  });
}

describe('delivery', () => {
  it('cuts files by records, bytes or age, and none without records', async () => {
    const cases = fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 6 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 60, max: 2_000 }),
      fc.constantFrom('gzip' as const, 'none' as const),
      async (transactions, records, bytes, compression) => {
        const folder = await newFolder();
        const volume = new FolderVolume(join(folder, 'volume'));
        const topic = new MemoryTopic(FEED);
        for (const count of transactions) topic.append(0, texts(count));
        const csv = { compression, cut: { records, bytes: String(bytes), after: '10ms' } };
        const consumer = startInProcess({ topic, volume, dataDir: folder, csv });
        const total = transactions.reduce((sum, count) => sum + count, 0);
        await uploadedRows(consumer, total);
        await waitUntil(() => consumer.state.positioned, {
          what: 'its position',
          timeoutMs: 5_000,
          intervalMs: 2,
        });
        await consumer.stop();
        const report = await prove(topic, volume);
        expect(report.findings).toEqual([]);
        expect(report.partitions[0]?.rows).toBe(total);
        // Never more records than asked for.
        expect(report.partitions[0]?.files).toBeGreaterThanOrEqual(Math.ceil(total / records));
        expect(report.partitions[0]?.files).toBeLessThanOrEqual(total);
      },
    );
    await fc.assert(cases, { numRuns: 25 });
  }, 60_000);

  it('lands what is open when it stops', async () => {
    const folder = await newFolder();
    const volume = new FolderVolume(join(folder, 'volume'));
    const topic = new MemoryTopic(FEED);
    topic.append(0, texts(15));
    const consumer = startInProcess({ topic, volume, dataDir: folder });
    await uploadedRows(consumer, 10);
    await consumer.stop();
    expect(await prove(topic, volume)).toMatchObject({ ok: true, partitions: [{ files: 2, rows: 15 }] });
  });

  it('survives lost requests and lost answers, stops and new starts', async () => {
    const fate = fc.constantFrom<Fate>('works', 'works', 'works', 'works', 'lost', 'answerLost');
    const cases = fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
      fc.infiniteStream(fate),
      fc.integer({ min: 1, max: 9 }),
      async (transactions, fates, records) => {
        const folder = await newFolder();
        const volume = new FolderVolume(join(folder, 'volume'));
        const unreliable = new UnreliableVolume(volume, () => fates.next().value ?? 'works');
        const topic = new MemoryTopic(FEED);
        let total = 0;
        for (const count of transactions) {
          topic.append(0, texts(count));
          total += count;
          const csv = { cut: { records, bytes: '1Gi', after: '5ms' } };
          const consumer = startInProcess({ topic, volume: unreliable, dataDir: folder, csv, drainMs: 0 });
          if (count % 2 === 0) await uploadedRows(consumer, total);
          await consumer.stop();
        }
        const last = startInProcess({
          topic,
          volume,
          dataDir: folder,
          csv: { cut: { records, bytes: '1Gi', after: '5ms' } },
        });
        await uploadedRows(last, total);
        await last.stop();
        expect((await prove(topic, volume)).findings).toEqual([]);
      },
    );
    await fc.assert(cases, { numRuns: 8 });
  }, 120_000);

  it('lets consumers with other cuts share a partition: each adopts what the other landed first', async () => {
    const cases = fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 3 }),
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }),
      async (cuts, transactions) => {
        const folder = await newFolder();
        const volume = new FolderVolume(join(folder, 'volume'));
        const topic = new MemoryTopic(FEED);
        const consumers = cuts.map((records, index) =>
          startInProcess({
            topic,
            volume,
            dataDir: join(folder, `disk-${index}`),
            csv: { cut: { records, bytes: '1Gi', after: '7ms' } },
          }),
        );
        let total = 0;
        for (const count of transactions) {
          topic.append(0, texts(count));
          total += count;
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
        for (const consumer of consumers) await uploadedRows(consumer, total);
        await Promise.all(consumers.map((consumer) => consumer.stop()));
        expect((await prove(topic, volume)).findings).toEqual([]);
      },
    );
    await fc.assert(cases, { numRuns: 12 });
  }, 120_000);
});
