import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { DEFAULT_DIALECT, schemaPath, type Column, type CsvDialect, type CsvSpec } from '@tributary/api';
import { metaFolder, parseSchemaName } from '../files/file-path.ts';
import { ConsumerError } from '../errors.ts';
import type { LayoutName } from '../partition/layout.ts';
import type { Volume } from '../volume/volume.ts';
import { parseStored } from './parse-stored.ts';
import { readExisting } from './read-existing.ts';

/** What is the same in all files of a schema's folder. */
export interface Schema {
  readonly columns: readonly Column[];
  readonly csv: CsvDialect;
}

/** Content of `_meta/schema-<n>.json`. */
export interface SchemaFile extends Schema {
  readonly version: number;
  /** Of the first file of a partition, where this is the first schema. Absent: gzip. */
  readonly compression?: CsvSpec['compression'];
}

/** What we rely on in one; what another version of ours adds is kept, and compared. */
const stored = z.looseObject({
  version: z.int(),
  compression: z.enum(['gzip', 'none']).optional(),
  columns: z.array(z.looseObject({ name: z.string(), role: z.string(), type: z.string().optional() })),
  csv: z
    .looseObject({
      delimiter: z.string().length(1),
      quoteChar: z.string().length(1),
      lineTerminator: z.enum(['\n', '\r\n']),
      header: z.boolean(),
      nullSequence: z.string(),
      byteOrderMark: z.boolean(),
      formulasEscaped: z.boolean(),
    })
    .partial()
    .optional(),
});

/** Far more than a feed will ever have; ends a search that cannot end otherwise. */
const MAX_SCHEMAS = 10_000;

/**
 * The number of the newest schema where it has exactly these columns and this dialect, else of a new one, which is written before any
 * file of it (Delivery 3). Older ones are never taken up again: a higher number tells a consumer that is still at work
 * with a former schema that another has taken over.
 */
export async function claimSchema(
  volume: Volume,
  feed: string,
  topicId: string,
  { columns, csv }: Schema,
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
      const path = schemaPath(feed, topicId, version);
      const bytes = Buffer.from(`${JSON.stringify({ version, compression, columns, csv }, undefined, 2)}\n`);
      if ((await volume.create(path, bytes, signal)) === 'created') return version;
      // Somebody else was first, perhaps with the same schema, perhaps our own lost attempt.
      schema = schemaIn(await readExisting(volume, path, signal), version, `${volume.root}/${path}`);
    }
    ours = sameSchema(schema, { columns, csv });
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
  return bytes === undefined ? undefined : schemaIn(bytes, version, `${volume.root}/${path}`);
}

/** How the files of a schema are to be read; of one that is not described, as files that say nothing of it. */
export async function dialectOf(
  volume: Volume,
  feed: string,
  { topicId, schema }: { readonly topicId: string; readonly schema: number },
  signal?: AbortSignal,
): Promise<CsvDialect> {
  return (await readSchema(volume, feed, topicId, schema, signal))?.csv ?? DEFAULT_DIALECT;
}

function schemaIn(bytes: Buffer, version: number, path: string): SchemaFile {
  const schema = parseStored(stored, bytes) as SchemaFile | undefined;
  if (schema?.version !== version)
    throw new ConsumerError('FileMalformed', `${path} does not describe schema ${version}`);
  return { ...schema, csv: { ...DEFAULT_DIALECT, ...schema.csv } };
}

function sameSchema(a: Schema, b: Schema): boolean {
  const plain = ({ columns, csv }: Schema): unknown => JSON.parse(JSON.stringify({ columns, csv }));
  return isDeepStrictEqual(plain(a), plain(b));
}
