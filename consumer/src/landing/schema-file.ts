import { isDeepStrictEqual } from 'node:util';
import { schemaPath, type Column, type CsvSpec } from '@tributary/api';
import { metaFolder, parseSchemaName } from '../files/file-path.ts';
import { ConsumerError } from '../errors.ts';
import type { LayoutName } from '../partition/layout.ts';
import type { Volume } from '../volume/volume.ts';

/** Content of `_meta/schema-<n>.json`. */
export interface SchemaFile {
  readonly version: number;
  readonly columns: readonly Column[];
  /** Of the first file of a partition, where this is the first schema. Absent: gzip. */
  readonly compression?: CsvSpec['compression'];
}

/** Far more than a feed will ever have; ends a search that cannot end otherwise. */
const MAX_SCHEMAS = 10_000;

/**
 * The number of the newest schema where it has exactly these columns, else of a new one, which is written before any
 * file of it (Delivery 3). Older ones are never taken up again: a higher number tells a consumer that is still at work
 * with former columns that another has taken over.
 */
export async function claimSchema(
  volume: Volume,
  feed: string,
  topicId: string,
  columns: readonly Column[],
  compression: CsvSpec['compression'],
  signal?: AbortSignal,
): Promise<number> {
  const [newest = 1] = await schemaNumbers(volume, feed, topicId, signal);
  let ours = false;
  // Goes on behind the newest that was listed: the listing may be behind.
  for (let version = newest; version <= MAX_SCHEMAS; version += 1) {
    let schema = await readSchema(volume, feed, topicId, version, signal);
    if (schema === undefined) {
      if (ours) return version - 1;
      const bytes = Buffer.from(`${JSON.stringify({ version, compression, columns }, undefined, 2)}\n`);
      if ((await volume.create(schemaPath(feed, topicId, version), bytes, signal)) === 'created')
        return version;
      // Somebody else was first, perhaps with the same columns, perhaps our own lost attempt.
      schema = await readSchema(volume, feed, topicId, version, signal);
    }
    ours = schema !== undefined && sameColumns(schema.columns, columns);
  }
  throw new ConsumerError('FileMalformed', `${metaFolder(feed, topicId)} holds ${MAX_SCHEMAS} schemas`);
}

/** Under which the first file of every partition lands, unless that schema is closed before. */
export async function readFirstLayout(
  volume: Volume,
  feed: string,
  topicId: string,
  signal?: AbortSignal,
): Promise<LayoutName> {
  const first = await readSchema(volume, feed, topicId, 1, signal);
  return { schema: 1, gzip: (first?.compression ?? 'gzip') === 'gzip' };
}

/** Numbers of the schemas in the volume, newest first. */
export async function schemaNumbers(
  volume: Volume,
  feed: string,
  topicId: string,
  signal?: AbortSignal,
): Promise<number[]> {
  const numbers: number[] = [];
  for await (const { name, isDirectory } of volume.list(metaFolder(feed, topicId), signal)) {
    const number = isDirectory || !name.endsWith('.json') ? undefined : parseSchemaName(name);
    if (number !== undefined) numbers.push(number);
  }
  return numbers.sort((a, b) => b - a);
}

export async function readSchema(
  volume: Volume,
  feed: string,
  topicId: string,
  version: number,
  signal?: AbortSignal,
): Promise<SchemaFile | undefined> {
  const path = schemaPath(feed, topicId, version);
  const bytes = await volume.read(path, signal);
  if (bytes === undefined) return undefined;
  const schema = parseSchema(bytes);
  if (schema?.version !== version) {
    throw new ConsumerError('FileMalformed', `${volume.root}/${path} does not describe schema ${version}`);
  }
  return schema;
}

function parseSchema(bytes: Buffer): SchemaFile | undefined {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined; // reported by the caller with its path
  }
  const isSchema =
    typeof value === 'object' && value !== null && 'columns' in value && Array.isArray(value.columns);
  return isSchema ? (value as SchemaFile) : undefined;
}

function sameColumns(a: readonly Column[], b: readonly Column[]): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)));
}
