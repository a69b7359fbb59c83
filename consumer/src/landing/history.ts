import { feedRoot, manifestPath } from '@tributary/api';
import { ConsumerError } from '../errors.ts';
import {
  isGzip,
  manifestOf,
  readFacts,
  type FilePlace,
  type StoredManifest,
  type Totals,
} from '../files/file-facts.ts';
import { isDate, metaFolder, parseFileName, parseManifestName, parseSchemaName } from '../files/file-path.ts';
import type { Volume } from '../volume/volume.ts';
import type { LayoutName } from '../partition/layout.ts';
import { layoutBehind, readManifest, writeManifest } from './manifest-file.ts';
import { dialectOf } from './schema-file.ts';

/** Where a partition stands by the volume. */
export interface PartitionHistory {
  /** First offset that no file holds yet. */
  readonly next: bigint;
  readonly totals: Totals;
  readonly lastFile: string;
  /** Under which the next file lands, unless its schema is closed. */
  readonly layout: LayoutName;
}

export type History = ReadonlyMap<number, PartitionHistory>;

const DAY_MS = 86_400_000;

/**
 * Delivery 5: where to go on, by the volume alone. A manifest follows its file and precedes the next file, so of each
 * partition at most the newest file lacks one; it is found by listing and gets its manifest here. `sought` are the
 * partitions whose first file can be found by listing only: of the others reading comes by its first offset again.
 */
export async function readHistory(
  volume: Volume,
  feed: string,
  topicId: string,
  sought: readonly number[],
  signal?: AbortSignal,
): Promise<History> {
  const history = new Map<number, PartitionHistory>();
  for (const [partition, firstOffset] of await newestManifests(volume, feed, topicId, signal)) {
    const path = manifestPath(feed, topicId, partition, String(firstOffset));
    let manifest = await readManifest(volume, path, signal);
    if (manifest === undefined) throw new ConsumerError('FileMalformed', `${path} was listed and is gone`);
    // A listing may be behind; a read is not. What it left out would otherwise look like records lost to retention.
    for (let newer: StoredManifest | undefined = manifest; newer !== undefined;) {
      manifest = newer;
      const following = manifestPath(feed, topicId, partition, newer.nextOffset);
      newer = await readManifest(volume, following, signal);
    }
    history.set(partition, {
      next: BigInt(manifest.nextOffset),
      totals: manifest.totals,
      lastFile: manifest.path,
      layout: layoutBehind(manifest),
    });
  }
  for (const file of await filesWithoutManifest(volume, feed, topicId, sought, history, signal)) {
    const bytes = await volume.read(file.path, signal);
    if (bytes === undefined) continue; // removed since it was listed
    const dialect = await dialectOf(volume, feed, file, signal);
    const facts = await readFacts(file.path, file.partition, bytes, dialect);
    if (facts === undefined) continue; // it closes a schema
    const { rows, files } = history.get(file.partition)?.totals ?? { rows: 0, files: 0 };
    const totals = { rows: rows + facts.rows, files: files + 1 };
    const next = facts.lastOffset + 1n;
    const written = manifestOf(file, facts, next, totals, isGzip(file.path));
    const layout = layoutBehind(await writeManifest(volume, feed, written, signal));
    history.set(file.partition, { next, totals, lastFile: file.path, layout });
  }
  return history;
}

async function newestManifests(
  volume: Volume,
  feed: string,
  topicId: string,
  signal: AbortSignal | undefined,
): Promise<Map<number, bigint>> {
  const newest = new Map<number, bigint>();
  for await (const { name } of volume.list(`${metaFolder(feed, topicId)}/manifests`, signal)) {
    const parsed = parseManifestName(name);
    if (parsed !== undefined && parsed.firstOffset >= (newest.get(parsed.partition) ?? 0n)) {
      newest.set(parsed.partition, parsed.firstOffset);
    }
  }
  return newest;
}

interface FoundFile extends FilePlace {
  readonly firstOffset: bigint;
}

async function filesWithoutManifest(
  volume: Volume,
  feed: string,
  topicId: string,
  sought: readonly number[],
  history: History,
  signal: AbortSignal | undefined,
): Promise<FoundFile[]> {
  const root = feedRoot(feed, topicId);
  // Of a partition that never landed anything the first file may be of any date; there may be a thousand of them.
  const earliest = sought.every((partition) => history.has(partition)) ? earliestDate(history) : '';
  const found: FoundFile[] = [];
  for await (const folder of volume.list(root, signal)) {
    const schema = folder.isDirectory ? parseSchemaName(folder.name) : undefined;
    if (schema === undefined) continue;
    for await (const { name: date } of volume.list(`${root}/${folder.name}`, signal)) {
      if (!isDate(date) || date < earliest) continue;
      for await (const { name } of volume.list(`${root}/${folder.name}/${date}`, signal)) {
        const file = parseFileName(name);
        if (file === undefined || file.firstOffset < (history.get(file.partition)?.next ?? 0n)) continue;
        const path = `${root}/${folder.name}/${date}/${name}`;
        found.push({ path, topicId, schema, partition: file.partition, firstOffset: file.firstOffset });
      }
    }
  }
  return found.sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
}

/** No newer file is in an older folder, but for clocks that disagree by less than a day. */
function earliestDate(history: History): string {
  const dates = [...history.values()].map(({ lastFile }) => lastFile.split('/').at(-2) ?? '');
  const oldest = dates.filter(isDate).sort()[0];
  return oldest === undefined ? '' : new Date(Date.parse(oldest) - DAY_MS).toISOString().slice(0, 10);
}
