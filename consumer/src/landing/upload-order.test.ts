import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { waitUntil } from '@tributary/local/testing';
import { audit } from '../audit/audit.ts';
import { parseFileName } from '../files/file-path.ts';
import { startInProcess } from '../testing/consumer-in-process.ts';
import { MemoryTopic } from '../testing/memory-topic.ts';
import { FolderVolume } from '../volume/folder-volume.ts';
import type { Volume } from '../volume/volume.ts';

const FEED = 'test.order';
const PARTITIONS = 4;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-order-'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

/** A volume whose files take their time, and which remembers what was under way at once. */
class SlowVolume implements Volume {
  readonly root: string;
  readonly begun = new Map<number, bigint[]>();
  readonly #volume: Volume;
  readonly #underWay = new Map<number, number>();
  mostAtOnce = 0;
  mostOfAPartition = 0;

  constructor(volume: Volume) {
    this.root = volume.root;
    this.#volume = volume;
  }

  async create(path: string, bytes: Buffer, signal?: AbortSignal): Promise<'created' | 'exists'> {
    const file = parseFileName(path.split('/').at(-1) ?? '');
    if (file === undefined) return this.#volume.create(path, bytes, signal);
    const { partition, firstOffset } = file;
    this.begun.set(partition, [...(this.begun.get(partition) ?? []), firstOffset]);
    const count = (this.#underWay.get(partition) ?? 0) + 1;
    this.#underWay.set(partition, count);
    this.mostOfAPartition = Math.max(this.mostOfAPartition, count);
    this.mostAtOnce = Math.max(
      this.mostAtOnce,
      [...this.#underWay.values()].reduce((a, b) => a + b, 0),
    );
    try {
      await delay(20);
      return await this.#volume.create(path, bytes, signal);
    } finally {
      this.#underWay.set(partition, (this.#underWay.get(partition) ?? 1) - 1);
    }
  }

  read(path: string, signal?: AbortSignal): Promise<Buffer | undefined> {
    return this.#volume.read(path, signal);
  }

  list(path: string, signal?: AbortSignal): ReturnType<Volume['list']> {
    return this.#volume.list(path, signal);
  }
}

it('files are uploaded in order within a partition, and those of several partitions at once', async () => {
  const topic = new MemoryTopic(FEED, PARTITIONS);
  for (let partition = 0; partition < PARTITIONS; partition += 1)
    for (let batch = 0; batch < 6; batch += 1) topic.append(partition, ['a', 'b', 'c', 'd', 'e']);
  const volume = new FolderVolume(join(folder, 'volume'));
  const slow = new SlowVolume(volume);
  const csv = { cut: { records: 5, bytes: '1Gi', after: '50ms' } };
  const consumer = startInProcess({ topic, volume: slow, dataDir: join(folder, 'data'), csv });
  await waitUntil(() => consumer.state.totals().uploaded.rows === 30 * PARTITIONS || undefined, {
    what: 'everything to be in the volume',
    timeoutMs: 10_000,
  });
  await consumer.stop();
  expect(slow.mostOfAPartition).toBe(1);
  expect(slow.mostAtOnce).toBe(PARTITIONS);
  for (const offsets of slow.begun.values())
    expect(offsets).toEqual(offsets.toSorted((a, b) => Number(a - b)));
  const report = await audit({ feed: FEED, topic: topic.view(), volume, complete: true });
  expect(report).toMatchObject({
    ok: true,
    partitions: Array.from({ length: PARTITIONS }, () => ({ rows: 30 })),
  });
});
