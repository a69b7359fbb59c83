import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { waitUntil } from '@tributary/local/testing';
import { gapPath } from '../files/file-path.ts';
import type { TopicView } from '../audit/topic-view.ts';
import { FolderVolume } from '../volume/folder-volume.ts';
import { startInProcess } from './consumer-in-process.ts';
import { readLanded } from './landed-rows.ts';
import { MemoryTopic } from './memory-topic.ts';
import { TopicLedger } from './topic-ledger.ts';

/** What the run of kills goes by must see what it is there for. */
const FEED = 'test.ledger';
let folder: string;
let topic: MemoryTopic;
let volume: FolderVolume;
let ledger: TopicLedger;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-ledger-'));
  volume = new FolderVolume(join(folder, 'volume'));
  topic = new MemoryTopic(FEED);
  ledger = new TopicLedger();
  topic.append(0, ['a', 'b', 'c', 'd']);
  await ledger.look(topic.view());
  const csv = { cut: { records: 10, bytes: '1Gi', after: '20ms' } };
  const consumer = startInProcess({ topic, volume, dataDir: join(folder, 'disk'), csv });
  await waitUntil(() => consumer.state.totals().uploaded.rows === 4 || undefined, {
    what: '4 rows',
    timeoutMs: 10_000,
    intervalMs: 2,
  });
  await consumer.stop();
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

async function compare(whole: boolean): Promise<string[]> {
  return ledger.compare(await readLanded(volume, FEED, topic.topicId), whole);
}

async function rewrite(change: (lines: string[]) => string[]): Promise<void> {
  const names = await readdir(volume.root, { recursive: true });
  const at = join(volume.root, names.find((name) => name.endsWith('.csv')) ?? '');
  await writeFile(at, change((await readFile(at, 'utf8')).split('\n')).join('\n'));
}

const without = (offset: number): Promise<void> =>
  rewrite((lines) => lines.filter((line) => !line.startsWith(`0,${offset},`)));

function reportGap(from: string, to: string): Promise<unknown> {
  const report = JSON.stringify({ partition: 0, from, to, foundAt: '' });
  return volume.create(gapPath(FEED, topic.topicId, 0, BigInt(from)), Buffer.from(report));
}

it('finds nothing where nothing is wrong', async () => {
  expect(await compare(true)).toEqual([]);
  topic.append(0, ['late']);
  await ledger.look(topic.view());
  expect(await compare(false)).toEqual([]);
  expect(await compare(true)).toEqual(['0 at 5: lost without a report']);
});

it('finds a record that is lost among those that landed, also of a topic that is no more', async () => {
  await compare(false);
  ledger.takeAll();
  expect(await compare(false)).toEqual([]);
  await without(2);
  expect(await compare(false)).toEqual(['0 at 2: lost without a report']);
});

it('finds a reader that is not given what is there', async () => {
  topic.compact(0, (offset) => offset === 2n);
  await ledger.look(topic.view());
  expect(await compare(true)).toEqual(['0 at 2: a reader was not given what it was given before']);
});

it('finds what comes back, but after a crash of the broker', async () => {
  const shorter: TopicView = {
    ...topic.view(),
    partitions: async () => [{ partition: 0, logStart: 2n, end: 4n }],
    read: (partition, from, end) => topic.view().read(partition, from > 2n ? from : 2n, end),
  };
  await compare(false);
  await ledger.look(shorter);
  ledger.expectReturn();
  await ledger.look(topic.view());
  expect(await compare(true)).toEqual([]);

  const unaware = new TopicLedger();
  for (const view of [topic.view(), shorter, topic.view()]) await unaware.look(view);
  expect(unaware.compare(await readLanded(volume, FEED, topic.topicId), true)).toEqual([
    '0 at 0: a reader is given what was gone',
    '0 at 1: a reader is given what was gone',
  ]);
});

it('takes what was compacted before it landed for no loss, once compaction is expected', async () => {
  topic.append(0, ['e', 'f']);
  await ledger.look(topic.view());
  expect(await compare(false)).toEqual([]);
  ledger.expectCompaction();
  topic.compact(0, (offset) => offset === 5n || offset === 1n);
  await ledger.look(topic.view());
  expect(ledger.compactedRecords).toBe(2);
  expect(await compare(true)).toEqual(['0 at 6: lost without a report']);
  topic.truncate(0, 6n);
  await ledger.look(topic.view());
  expect(await compare(true)).toEqual(['0 at 6: lost without a report']);
});

it('finds a gap that is reported of what was there, also once retention took it', async () => {
  await without(2);
  await reportGap('2', '2');
  const there = '0 at 2: reported as gone while it was there';
  expect(await compare(true)).toEqual(['0 at 2: a gap to 2 where nothing was taken', there]);
});

it('wants a report of what retention took before it landed, and finds one of what had landed', async () => {
  topic.append(0, ['e', 'f']);
  await ledger.look(topic.view());
  expect(await compare(false)).toEqual([]);
  topic.truncate(0, 7n);
  await ledger.look(topic.view());
  const lost = ['0 at 5: lost without a report', '0 at 6: lost without a report'];
  expect(await compare(true)).toEqual(lost);
  await reportGap('5', '6');
  expect(await compare(true)).toEqual([]);
  await reportGap('3', '4');
  expect(await compare(true)).toEqual(['0 at 3: landed, and reported as gone']);
});

it('finds another row than its record though retention took the record', async () => {
  await compare(false);
  topic.truncate(0, 4n);
  await ledger.look(topic.view());
  await rewrite((lines) => lines.map((line) => (line.startsWith('0,1,') ? line.replace(',b', ',x') : line)));
  expect(await compare(true)).toEqual(['0 at 1: another row than its record']);
});

it('finds a row that is there twice, and one of no record', async () => {
  await rewrite((lines) => [...lines.slice(0, 3), lines[2] ?? '', ...lines.slice(3)]);
  expect(await compare(true)).toEqual(['0 at 1: landed twice']);
  await rewrite((lines) => lines.map((line) => line.replace(/^0,3,/, '0,9,')));
  expect(await compare(false)).toContain('0 at 9: a row of no record');
});
