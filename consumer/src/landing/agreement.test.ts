import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { waitUntil } from '@tributary/local/testing';
import { startInProcess, type InProcessConsumer } from '../testing/consumer-in-process.ts';
import { MemoryTopic } from '../testing/memory-topic.ts';
import { TroubledVolume } from '../testing/troubled-volume.ts';
import { FolderVolume } from '../volume/folder-volume.ts';

/** A name that is taken by a file of other content: an alarm, never an overwrite (Delivery 4). */
const FEED = 'test.agreement';
let folder: string;
let volume: FolderVolume;
const started: InProcessConsumer[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-agreement-'));
  volume = new FolderVolume(join(folder, 'volume'));
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((consumer) => consumer.stop()));
  await rm(folder, { recursive: true, force: true });
});

/** A topic whose first partition holds these values, and whose second one the same whatever they are. */
function topicOf(values: readonly string[]): MemoryTopic {
  const topic = new MemoryTopic(FEED, 2);
  topic.append(0, values);
  topic.append(1, ['a', 'b', 'c']);
  return topic;
}

function start(disk: string, topic: MemoryTopic, hidden: boolean): InProcessConsumer {
  const troubled = new TroubledVolume(volume);
  troubled.hidden = () => hidden;
  const csv = { cut: { records: 3, bytes: '1Gi', after: '20ms' } };
  const options = { topic, volume: troubled, dataDir: join(folder, disk), csv, drainMs: 0 };
  const consumer = startInProcess(options);
  started.push(consumer);
  return consumer;
}

function until(what: string, holds: () => boolean): Promise<true> {
  return waitUntil(() => holds() || undefined, { what, timeoutMs: 10_000, intervalMs: 2 });
}

async function contents(): Promise<Record<string, string>> {
  const names = (await readdir(volume.root, { recursive: true })).filter((name) => name.includes('.csv'));
  const read = async (name: string): Promise<[string, string]> => [
    name,
    await readFile(join(volume.root, name), 'utf8'),
  ];
  return Object.fromEntries(await Promise.all(names.map(read)));
}

it.each([
  ['with its manifest', true],
  ['without one', false],
])(
  'a file of other rows %s stops its partition and stays as it is; the other one goes on',
  async (_, kept) => {
    const first = start('a', topicOf(['x', 'y', 'z']), false);
    await until('6 rows', () => first.state.totals().uploaded.rows === 6);
    await first.stop();
    const manifests = join(volume.root, FEED, 'memory-topic-id-000000', '_meta', 'manifests');
    if (!kept) await rm(manifests, { recursive: true });
    const before = await contents();

    const other = topicOf(['x', 'Y', 'z']);
    const second = start('b', other, true);
    await until('the alarm', () => second.state.volume.reason === 'ContentDisagrees');
    expect(second.state.volume.message).toMatch(/0-0\.csv.* at offset 1 .*nothing was overwritten/);
    other.append(0, ['more']);
    other.append(1, ['d', 'e', 'f']);
    await until('the other partition', () => second.state.totals().uploaded.rows === 6);
    expect(await contents()).toMatchObject(before);
    expect(Object.keys(await contents()).sort()).toEqual([
      ...Object.keys(before),
      `${FEED}/memory-topic-id-000000/schema-1/2026-01-02/1-4.csv`,
    ]);
    expect(second.state.volume.reason).toBe('ContentDisagrees');
  },
);
