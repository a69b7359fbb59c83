import { gunzipSync, gzipSync } from 'node:zlib';
import type { CsvDialect } from '@tributary/api';
import { z } from 'zod';
import { csvHeader } from '../encode/csv-text.ts';
import { headerOf } from '../encode/row.ts';
import { ConsumerError } from '../errors.ts';
import { isGzip, readFacts, type FileFacts, type FilePlace } from '../files/file-facts.ts';
import { closedPath } from '../files/file-path.ts';
import { compressionOf, type LayoutName } from '../partition/layout.ts';
import type { SpooledFile } from '../spool/spooled-file.ts';
import type { Volume } from '../volume/volume.ts';
import { parseStored } from './parse-stored.ts';
import { readExisting } from './read-existing.ts';
import { readSchema } from './schema-file.ts';

/** Content of `_meta/closed/schema-<n>/<partition>-<first offset>.json`: from this offset on, files have this layout. */
const closed = z.object({ schema: z.int(), compression: z.enum(['gzip', 'none']) });

/** A file that holds the claim on our first offset. */
export interface Winner {
  readonly place: FilePlace;
  readonly csv: CsvDialect;
  readonly bytes: Buffer;
  readonly facts: FileFacts;
}

/**
 * Ends a former schema at our first offset: its name there is taken by a file without rows, so that what a former consumer
 * still has on its way meets it. Says under which layout to go on, which the first to close it decides; or who was there
 * before. May be repeated after a crash. See docs/decisions/one-claim-across-layouts.md.
 */
export async function closeSchema(
  volume: Volume,
  feed: string,
  own: SpooledFile,
  former: LayoutName,
  wanted: LayoutName,
  signal?: AbortSignal,
): Promise<LayoutName | Winner> {
  const { topicId, partition, firstOffset } = own;
  const path = pathUnder(own, former);
  const schema = await readSchema(volume, feed, topicId, former.schema, signal);
  if (schema === undefined)
    throw new ConsumerError('FileMalformed', `${volume.root}/${path}: its schema is not described`);
  const header = Buffer.from(csvHeader(headerOf(schema.columns), schema.csv));
  if ((await volume.create(path, former.gzip ? gzipSync(header) : header, signal)) === 'exists') {
    const place = { path, topicId, schema: former.schema, partition };
    const winner = await winnerOf(await readExisting(volume, path, signal), place, schema.csv);
    if (winner !== undefined) return winner;
  }
  const at = closedPath(feed, topicId, former.schema, partition, firstOffset);
  const said = { schema: wanted.schema, compression: compressionOf(wanted.gzip) };
  if ((await volume.create(at, Buffer.from(`${JSON.stringify(said)}\n`), signal)) === 'created')
    return wanted;
  const decided = parseStored(closed, await readExisting(volume, at, signal));
  if (decided === undefined)
    throw new ConsumerError('FileMalformed', `${volume.root}/${at} does not say under which layout to go on`);
  return { schema: decided.schema, gzip: decided.compression === 'gzip' };
}

/** The file of a name that is taken; undefined where it holds no rows, as its schema was closed. */
export async function winnerOf(
  bytes: Buffer,
  place: FilePlace,
  csv: CsvDialect,
): Promise<Winner | undefined> {
  const facts = await readFacts(place.path, place.partition, bytes, csv);
  return facts === undefined ? undefined : { place, csv, bytes, facts };
}

/** Where a file's first offset lies under another layout. */
export function pathUnder({ path }: FilePlace, { schema, gzip }: LayoutName): string {
  const parts = path.replace(/\.gz$/, '').split('/');
  parts[parts.length - 3] = `schema-${schema}`;
  return `${parts.join('/')}${gzip ? '.gz' : ''}`;
}

/** A file's bytes under another compression. */
export function recompressed(path: string, bytes: Buffer, gzip: boolean): Buffer {
  if (isGzip(path) === gzip) return bytes;
  return gzip ? gzipSync(bytes) : gunzipSync(bytes);
}
