import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { CsvDialect, CsvSpec, Manifest } from '@tributary/api';
import { parseCsv, type ParsedRow } from '../encode/parse-csv.ts';
import { ConsumerError } from '../errors.ts';

/** What a file holds, as its manifest tells it. */
export interface FileFacts {
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  readonly rows: number;
  /** As stored, compressed or not. */
  readonly bytes: number;
  /** Of the bytes as stored, in hex. */
  readonly sha256: string;
}

/** Where a file belongs. */
export interface FilePlace {
  /** Below the volume's root. */
  readonly path: string;
  readonly topicId: string;
  readonly schema: number;
  readonly partition: number;
}

/** Rows and files of a partition up to and with this file, so that totals outlive the pod. */
export interface Totals {
  readonly rows: number;
  readonly files: number;
}

export interface StoredManifest extends Manifest {
  /** Where reading goes on: behind the last row and the transaction markers that were seen to follow it. */
  readonly nextOffset: string;
  readonly totals: Totals;
  /** Of the next file, whoever lands it; whoever lands the one after may change it again. Absent: as this file. */
  readonly nextCompression?: CsvSpec['compression'] | undefined;
}

/** The rows of a file, its header first where it has one, from its stored bytes. */
export function rowsOf(
  stored: Readable,
  gzip: boolean,
  dialect: CsvDialect,
): AsyncGenerator<ParsedRow, void, undefined> {
  if (!gzip) return parseCsv(stored, dialect);
  const gunzip = createGunzip();
  stored.once('error', (error) => gunzip.destroy(error));
  return parseCsv(stored.pipe(gunzip), dialect);
}

export function isGzip(path: string): boolean {
  return path.endsWith('.gz');
}

/**
 * Reads a whole file and checks that it is one partition in offset order. Undefined for a header without rows, which
 * closes a schema. Throws `FileMalformed`.
 */
export async function readFacts(
  path: string,
  partition: number,
  bytes: Buffer,
  dialect: CsvDialect,
): Promise<FileFacts | undefined> {
  let firstOffset: bigint | undefined;
  let lastOffset = -1n;
  let rows = dialect.header ? -1 : 0;
  try {
    for await (const { cells } of rowsOf(Readable.from([bytes]), isGzip(path), dialect)) {
      rows += 1;
      if (rows === 0) continue;
      const offset = BigInt(cells[1] ?? '');
      if (cells[0] !== String(partition) || offset <= lastOffset) {
        throw new ConsumerError(
          'FileMalformed',
          `${path}: row ${rows} is of partition ${cells[0]} at ${offset}, after ${lastOffset}`,
        );
      }
      firstOffset ??= offset;
      lastOffset = offset;
    }
  } catch (error) {
    if (error instanceof ConsumerError) throw error;
    throw new ConsumerError('FileMalformed', `${path} cannot be read: ${String(error)}`, { cause: error });
  }
  if (rows < 0) throw new ConsumerError('FileMalformed', `${path} is empty`);
  if (firstOffset === undefined) return undefined;
  return { firstOffset, lastOffset, rows, bytes: bytes.length, sha256: sha256Of(bytes) };
}

export function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function manifestOf(
  place: FilePlace,
  facts: FileFacts,
  nextOffset: bigint,
  totals: Totals,
  nextGzip: boolean,
): StoredManifest {
  return {
    path: place.path,
    topicId: place.topicId,
    schema: place.schema,
    partition: place.partition,
    firstOffset: String(facts.firstOffset),
    lastOffset: String(facts.lastOffset),
    rows: facts.rows,
    bytes: facts.bytes,
    sha256: facts.sha256,
    nextOffset: String(nextOffset),
    totals,
    nextCompression: nextGzip ? 'gzip' : 'none',
  };
}
