import { feedRoot } from '@tributary/api';
import { isDate, metaFolder, parseFileName, parseManifestName, parseSchemaName } from '../files/file-path.ts';
import type { Volume } from '../volume/volume.ts';
import type { Findings } from './report.ts';

export interface InventoryFile {
  readonly path: string;
  readonly schema: number;
  readonly firstOffset: bigint;
}

export interface PartitionInventory {
  /** In offset order. */
  readonly files: InventoryFile[];
  /** First offsets that have a manifest. */
  readonly manifests: Set<bigint>;
  /** Gap reports of the consumer. */
  readonly gaps: string[];
  /** Schemas that were closed, by `closedKey`. */
  readonly closed: Set<string>;
}

/** Names of everything that has landed for a topic, by partition. */
export type Inventory = Map<number, PartitionInventory>;

export function nothingLanded(): PartitionInventory {
  return { files: [], manifests: new Set(), gaps: [], closed: new Set() };
}

/** Of a schema that was closed before an offset; see landing/closing.ts. */
export function closedKey(schema: number, firstOffset: bigint): string {
  return `${schema}-${firstOffset}`;
}

/** What a folder holds beside what it should is a finding: whoever ingests the folder would take it for data. */
export async function takeInventory(
  volume: Volume,
  feed: string,
  topicId: string,
  findings: Findings,
  signal?: AbortSignal,
): Promise<Inventory> {
  const inventory: Inventory = new Map();
  const of = (partition: number): PartitionInventory => {
    const known = inventory.get(partition) ?? nothingLanded();
    inventory.set(partition, known);
    return known;
  };
  const root = feedRoot(feed, topicId);
  const unexpected = (path: string): void =>
    findings.add({ code: 'FileUnexpected', path, message: `${path} is not a file of the consumer` });

  for await (const folder of volume.list(root, signal)) {
    if (folder.name === '_meta') continue;
    const schema = folder.isDirectory ? parseSchemaName(folder.name) : undefined;
    if (schema === undefined) {
      unexpected(`${root}/${folder.name}`);
      continue;
    }
    for await (const date of volume.list(`${root}/${folder.name}`, signal)) {
      const dateFolder = `${root}/${folder.name}/${date.name}`;
      if (!date.isDirectory || !isDate(date.name)) {
        unexpected(dateFolder);
        continue;
      }
      for await (const { name, isDirectory } of volume.list(dateFolder, signal)) {
        const file = isDirectory ? undefined : parseFileName(name);
        if (file === undefined) unexpected(`${dateFolder}/${name}`);
        else {
          const { partition, firstOffset } = file;
          of(partition).files.push({ path: `${dateFolder}/${name}`, schema, firstOffset });
        }
      }
    }
  }
  const meta = metaFolder(feed, topicId);
  for await (const { name } of volume.list(`${meta}/manifests`, signal)) {
    const manifest = parseManifestName(name);
    if (manifest === undefined) unexpected(`${meta}/manifests/${name}`);
    else of(manifest.partition).manifests.add(manifest.firstOffset);
  }
  for await (const { name } of volume.list(`${meta}/gaps`, signal)) {
    const gap = parseManifestName(name);
    if (gap === undefined) unexpected(`${meta}/gaps/${name}`);
    else of(gap.partition).gaps.push(`${meta}/gaps/${name}`);
  }
  for await (const { name: folder } of volume.list(`${meta}/closed`, signal)) {
    const schema = parseSchemaName(folder);
    for await (const { name } of volume.list(`${meta}/closed/${folder}`, signal)) {
      const closing = parseManifestName(name);
      if (schema === undefined || closing === undefined) unexpected(`${meta}/closed/${folder}/${name}`);
      else of(closing.partition).closed.add(closedKey(schema, closing.firstOffset));
    }
  }
  for (const { files } of inventory.values()) {
    files.sort((a, b) => (a.firstOffset === b.firstOffset ? 0 : a.firstOffset < b.firstOffset ? -1 : 1));
  }
  return inventory;
}
