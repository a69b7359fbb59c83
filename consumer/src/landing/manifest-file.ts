import { manifestPath } from '@tributary/api';
import { z } from 'zod';
import { ConsumerError } from '../errors.ts';
import { isGzip, type StoredManifest } from '../files/file-facts.ts';
import type { LayoutName } from '../partition/layout.ts';
import type { Volume } from '../volume/volume.ts';
import { readExisting } from './read-existing.ts';

const offset = z.string().regex(/^\d{1,19}$/);
const manifest = z.object({
  path: z.string(),
  topicId: z.string(),
  schema: z.int(),
  partition: z.int(),
  firstOffset: offset,
  lastOffset: offset,
  rows: z.int().min(1),
  bytes: z.int().min(1),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  nextOffset: offset,
  totals: z.object({ rows: z.int(), files: z.int() }),
  nextCompression: z.enum(['gzip', 'none']).optional(),
});

/** Undefined when there is none. Throws `FileMalformed` for one that is not ours. */
export async function readManifest(
  volume: Volume,
  path: string,
  signal?: AbortSignal,
): Promise<StoredManifest | undefined> {
  const bytes = await volume.read(path, signal);
  return bytes === undefined ? undefined : parseManifest(volume, path, bytes);
}

function parseManifest(volume: Volume, path: string, bytes: Buffer): StoredManifest {
  try {
    return manifest.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw new ConsumerError('FileMalformed', `${volume.root}/${path} is not a manifest: ${String(error)}`, {
      cause: error,
    });
  }
}

/**
 * Writes what follows a file; another's manifest of the same content is as good, and is what counts. Throws
 * `ContentDisagrees`.
 */
export async function writeManifest(
  volume: Volume,
  feed: string,
  written: StoredManifest,
  signal?: AbortSignal,
): Promise<StoredManifest> {
  const path = manifestPath(feed, written.topicId, written.partition, written.firstOffset);
  const bytes = Buffer.from(`${JSON.stringify(written)}\n`);
  if ((await volume.create(path, bytes, signal)) === 'created') return written;
  const existing = parseManifest(volume, path, await readExisting(volume, path, signal));
  if (existing.sha256 === written.sha256 && existing.path === written.path) return existing;
  throw new ConsumerError(
    'ContentDisagrees',
    `${volume.root}/${path} speaks of ${existing.path} (${existing.sha256}), not of ${written.path} (${written.sha256})`,
  );
}

/** The only layout under which the file behind this one may land, unless its schema is closed. */
export function layoutBehind({ path, schema, nextCompression }: StoredManifest): LayoutName {
  return { schema, gzip: nextCompression === undefined ? isGzip(path) : nextCompression === 'gzip' };
}
