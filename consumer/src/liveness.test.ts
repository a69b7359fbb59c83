import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@tributary/local/testing';
import {
  startInProcess,
  type InProcessConsumer,
  type InProcessOptions,
} from './testing/consumer-in-process.ts';
import { MemoryTopic } from './testing/memory-topic.ts';
import { TroubledVolume } from './testing/troubled-volume.ts';
import { FolderVolume } from './volume/folder-volume.ts';

let folder: string;
let topic: MemoryTopic;
let volume: TroubledVolume;
let now: number;
let consumer: InProcessConsumer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-liveness-'));
  volume = new TroubledVolume(new FolderVolume(join(folder, 'volume')));
  topic = new MemoryTopic('test.liveness');
  now = 0;
});
afterEach(async () => {
  await consumer.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(options: Partial<InProcessOptions> = {}): Promise<void> {
  const csv = { cut: { records: 10, bytes: '1Gi', after: '20ms' } };
  consumer = startInProcess({
    topic,
    volume,
    dataDir: join(folder, 'disk'),
    csv,
    drainMs: 0,
    watchdogNow: () => now,
    ...options,
  });
  topic.append(0, ['a', 'b', 'c']);
  await until('3 rows', () => consumer.state.totals().uploaded.rows === 3);
}

function until(what: string, holds: () => boolean): Promise<true> {
  return waitUntil(() => holds() || undefined, { what, timeoutMs: 10_000, intervalMs: 2 });
}

/** Long enough for every retry and every loop to come round some times. */
const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

describe('the liveness of a consumer', () => {
  it('fails once reading has stood still for two minutes', async () => {
    await start();
    topic.fetches = 'hang';
    await aWhile();
    now = 119_000;
    expect(consumer.stuck()).toEqual([]);
    now = 121_000;
    expect(consumer.stuck()).toEqual(['read']);
  });

  it('stands an outage of Kafka: a restart would not end it', async () => {
    await start();
    topic.fetches = 'fail';
    await until('it to be said', () => consumer.state.kafka.reason === 'KafkaUnavailable');
    for (let minute = 1; minute <= 30; minute += 1) {
      now = minute * 60_000;
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(consumer.stuck()).toEqual([]);
    }
    topic.fetches = 'work';
    topic.append(0, ['d']);
    await until('4 rows', () => consumer.state.totals().uploaded.rows === 4);
  });

  it('stands uploads that hang, and a disk that they fill: Kafka keeps the records', async () => {
    await start({ budget: 500 });
    volume.freeze();
    for (let batch = 0; batch < 20; batch += 1) topic.append(0, ['x', 'y', 'z']);
    await until('the disk to be full', () => consumer.state.volume.reason === 'DiskFull');
    now = 3_600_000;
    expect(consumer.stuck()).toEqual([]);
    volume.thaw();
    await until('all rows', () => consumer.state.totals().uploaded.rows === 63);
  });

  it('stands a topic that is quiet', async () => {
    await start();
    for (let minute = 1; minute <= 5; minute += 1) {
      now = minute * 60_000;
      await aWhile();
      expect(consumer.stuck()).toEqual([]);
    }
  });
});
