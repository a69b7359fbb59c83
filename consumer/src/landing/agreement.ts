import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import type { ParsedRow } from '../encode/parse-csv.ts';
import { ConsumerError } from '../errors.ts';
import { isGzip, rowsOf } from '../files/file-facts.ts';
import { OwnDiskError } from '../spool/own-disk-error.ts';
import type { SpooledFile } from '../spool/spooled-file.ts';

interface WinnersFile extends Pick<SpooledFile, 'path' | 'schema' | 'csv'> {
  readonly bytes: Buffer;
}

/**
 * Delivery 4: whoever comes second compares. Our file and the winner's begin at one offset; as far as both go they
 * must hold the same rows. Under another schema only the lineage can be the same. Throws `ContentDisagrees`.
 */
export async function checkAgreement(own: SpooledFile, winner: WinnersFile): Promise<void> {
  const ours = rowsOf(ownStream(own.local), isGzip(own.local), own.csv);
  const theirs = rowsOf(Readable.from([winner.bytes]), isGzip(winner.path), winner.csv);
  const comparedCells = own.schema === winner.schema ? undefined : 2;
  try {
    if (own.csv.header) await ours.next();
    if (winner.csv.header) await theirs.next();
    for (;;) {
      const [our, their] = [await ours.next(), await theirs.next()];
      if (our.done === true || their.done === true) return;
      if (!sameRow(our.value, their.value, comparedCells)) {
        const [, ourOffset] = our.value.cells;
        const [, theirOffset] = their.value.cells;
        throw new ConsumerError(
          'ContentDisagrees',
          `${winner.path} in the volume differs from the topic at offset ${ourOffset} (it has ${theirOffset} there); nothing was overwritten`,
        );
      }
    }
  } finally {
    await ours.return();
    await theirs.return();
  }
}

/** Its errors are those of our own disk. */
function ownStream(local: string): Readable {
  async function* chunks(): AsyncGenerator<Buffer, void, undefined> {
    try {
      for await (const chunk of createReadStream(local)) yield chunk as Buffer;
    } catch (error) {
      throw new OwnDiskError(local, error);
    }
  }
  return Readable.from(chunks(), { objectMode: false });
}

function sameRow(a: ParsedRow, b: ParsedRow, cells: number | undefined): boolean {
  return cells === undefined
    ? isDeepStrictEqual(a.cells, b.cells)
    : isDeepStrictEqual(a.cells.slice(0, cells), b.cells.slice(0, cells));
}
