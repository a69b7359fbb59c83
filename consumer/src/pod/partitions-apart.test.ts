import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { waitUntil } from '@tributary/local/testing';
import { gapPath } from '../files/file-path.ts';
import { audit } from '../audit/audit.ts';
import {
  startInProcess,
  type InProcessConsumer,
  type InProcessOptions,
} from '../testing/consumer-in-process.ts';
import { MemoryTopic } from '../testing/memory-topic.ts';
import { TroubledVolume } from '../testing/troubled-volume.ts';
import { FolderVolume } from '../volume/folder-volume.ts';

/** What stops one partition lets the others go on. */
const FEED = 'test.apart';
let folder: string;
let volume: FolderVolume;
let topic: MemoryTopic;
const started: InProcessConsumer[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-apart-'));
  volume = new FolderVolume(join(folder, 'volume'));
  topic = new MemoryTopic(FEED, 2);
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((consumer) => consumer.stop()));
  await rm(folder, { recursive: true, force: true });
});

function start(options: Partial<InProcessOptions> = {}): InProcessConsumer {
  const csv = { cut: { records: 10, bytes: '1Gi', after: '20ms' } };
  const consumer = startInProcess({
    topic,
    volume,
    dataDir: join(folder, 'disk'),
    csv,
    drainMs: 0,
    ...options,
  });
  started.push(consumer);
  return consumer;
}

function until(what: string, holds: () => boolean): Promise<true> {
  return waitUntil(() => holds() || undefined, { what, timeoutMs: 10_000, intervalMs: 2 });
}

const some = (count: number): string[] => Array.from({ length: count }, (_, index) => `v${index}`);
const uploaded = ({ state }: InProcessConsumer, rows: number): boolean =>
  state.totals().uploaded.rows === rows;

it('a gap whose report cannot be written, because another stands there that is none, stops its partition alone', async () => {
  topic.append(0, some(20));
  topic.truncate(0, 10n);
  topic.append(1, some(3));
  await volume.create(gapPath(FEED, topic.topicId, 0, 0n), Buffer.from('not json'));
  const consumer = start();
  await until('the other partition', () => uploaded(consumer, 3));
  await until('the alarm', () => consumer.state.kafka.reason === 'FileMalformed');
  topic.append(1, some(3));
  await until('more of it', () => uploaded(consumer, 6));
  expect(consumer.state.kafka.message).toContain('is not a report of a gap');
});

it('a gap that is found while the volume is away lets the others be read to the disk', async () => {
  const troubled = new TroubledVolume(volume);
  const consumer = start({ volume: troubled });
  await until('its position', () => consumer.state.positioned);
  troubled.freeze();
  topic.append(0, some(20));
  topic.truncate(0, 10n);
  topic.append(1, some(3));
  await until('the other partition on the disk', () => consumer.state.totals().landed.rows === 3);
  troubled.thaw();
  await until('all that is left', () => uploaded(consumer, 13));
  expect((await audit({ feed: FEED, topic: topic.view(), volume, complete: true })).findings).toMatchObject([
    { code: 'GapReported', partition: 0 },
  ]);
});

it('files that wait for their upload land before a gap behind them is reported', async () => {
  const troubled = new TroubledVolume(volume);
  const consumer = start({ volume: troubled });
  topic.append(0, some(3));
  await until('3 rows', () => uploaded(consumer, 3));
  troubled.delay((path) => path.includes('.csv'));
  topic.append(0, some(3));
  await until('3 more on the disk', () => consumer.state.totals().landed.rows === 6);
  topic.append(0, some(10));
  topic.truncate(0, 15n);
  topic.append(1, some(1));
  await until('the other partition on the disk', () => consumer.state.totals().landed.rows === 7);
  troubled.delay(() => false);
  await until('all that is left', () => uploaded(consumer, 10));
  expect((await audit({ feed: FEED, topic: topic.view(), volume, complete: true })).findings).toMatchObject([
    { code: 'GapReported', path: expect.stringContaining('0-8.json') },
  ]);
});

/** Partition 0 of the volume holds what the topic does not, and the budget is full of what comes behind. */
async function haltedWithAFullDisk(): Promise<InProcessConsumer> {
  topic.append(0, ['x', 'y', 'z']);
  const first = start({ dataDir: join(folder, 'former-disk') });
  await until('3 rows', () => uploaded(first, 3));
  await first.stop();
  topic = new MemoryTopic(FEED, 2);
  topic.append(0, ['x', 'Y', 'z']);
  const troubled = new TroubledVolume(volume);
  troubled.hidden = () => true;
  const consumer = start({ volume: troubled, budget: 2_000 });
  await until('its position', () => consumer.state.positioned);
  troubled.freeze();
  for (let batch = 0; batch < 20; batch += 1) topic.append(0, some(10));
  await until('the disk to be full', () => consumer.state.volume.reason === 'DiskFull');
  troubled.thaw();
  await until('the alarm', () => consumer.state.volume.reason === 'ContentDisagrees');
  return consumer;
}

it('a halted partition gives up the disk that the others need, and what it has on it is read again', async () => {
  const consumer = await haltedWithAFullDisk();
  for (let batch = 1; batch <= 5; batch += 1) {
    topic.append(1, some(30));
    await until('the other partition', () => uploaded(consumer, 30 * batch));
  }
  expect(consumer.state.volume.reason).toBe('ContentDisagrees');
  await consumer.stop();
  // A person put the volume right.
  await rm(join(volume.root, FEED), { recursive: true });
  const next = start();
  await until('everything', () => uploaded(next, 353));
  expect(await audit({ feed: FEED, topic: topic.view(), volume, complete: true })).toMatchObject({
    ok: true,
    partitions: [{ rows: 203 }, { rows: 150 }],
  });
});

it('the lag counts what comes into a partition that is not read any more', async () => {
  topic.append(0, some(20));
  const consumer = start();
  await until('20 rows', () => uploaded(consumer, 20));
  await consumer.stop();
  await rm(join(folder, 'disk'), { recursive: true });
  const fewer = new MemoryTopic(FEED, 2);
  fewer.append(0, some(5));
  topic = fewer;
  const second = start();
  await until('the alarm', () => second.state.kafka.reason === 'PositionBeyondEnd');
  expect(second.state.lag()).toBe(0);
  topic.append(0, some(40));
  await until('its lag', () => second.state.lag() === 47 - 21);
  expect(second.state.totals().uploaded.rows).toBe(20);
});

it('a partition that cannot be read rests, while the others are read without it', async () => {
  topic.unreadable.add(0);
  topic.append(0, some(3));
  const consumer = start();
  await until('the alarm', () => consumer.state.kafka.reason === 'RecordUnreadable');
  topic.append(1, some(3));
  await until('the other partition', () => uploaded(consumer, 3));
  expect(topic.asked).toContainEqual([1]);
  topic.unreadable.delete(0);
  await until('all of both', () => uploaded(consumer, 6));
  await until('no alarm any more', () => consumer.state.kafka.healthy);
});
