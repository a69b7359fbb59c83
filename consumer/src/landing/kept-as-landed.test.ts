import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { waitUntil } from '@tributary/local/testing';
import { startInProcess } from '../testing/consumer-in-process.ts';
import { MemoryTopic } from '../testing/memory-topic.ts';
import { FolderVolume } from '../volume/folder-volume.ts';

let folder: string;
let topic: MemoryTopic;
let volume: FolderVolume;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-kept-as-landed-'));
  topic = new MemoryTopic('test.kept');
  volume = new FolderVolume(join(folder, 'volume'));
});
afterEach(async () => await rm(folder, { recursive: true, force: true }));

async function land(compression: 'gzip' | 'none', rows: number): Promise<void> {
  topic.append(0, ['a', 'b', 'c']);
  const csv = { compression, cut: { records: 3, bytes: '1Gi', after: '20ms' } };
  const consumer = startInProcess({ topic, volume, dataDir: join(folder, 'disk'), csv, keep: '1h' });
  await waitUntil(() => consumer.state.totals().uploaded.rows === rows || undefined, {
    what: `${rows} rows`,
    timeoutMs: 10_000,
    intervalMs: 2,
  });
  await consumer.stop();
}

it('what is kept has the name and the bytes that it has in the volume, and what landed otherwise is not kept', async () => {
  await land('none', 3);
  // This one lands as the former one said, so that its own bytes are in no file of the volume.
  await land('gzip', 6);
  await land('gzip', 9);
  const kept = await readdir(join(folder, 'disk', 'kept'), { recursive: true });
  const files = kept.filter((name) => name.includes('.csv')).sort();
  expect(files.map((path) => path.split('/').at(-1))).toEqual(['0-0.csv', '0-8.csv.gz']);
  for (const path of files)
    expect(await readFile(join(folder, 'disk', 'kept', path))).toEqual(
      await readFile(join(volume.root, path)),
    );
});
