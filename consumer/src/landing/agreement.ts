import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import type { ParsedRow } from '../encode/parse-csv.ts';
import { ConsumerError } from '../errors.ts';
import { isGzip, rowsOf } from '../files/file-facts.ts';
import type { SpooledFile } from '../spool/spooled-file.ts';

/**
 * Delivery 4: whoever comes second compares. Our file and the winner's begin at one offset; as far as both go they
 * must hold the same rows. Under another schema only the lineage can be the same. Throws `ContentDisagrees`.
 */
export async function checkAgreement(own: SpooledFile, winnerPath: string, winner: Buffer): Promise<void> {
  const ours = rowsOf(createReadStream(own.local), isGzip(own.local));
  const theirs = rowsOf(Readable.from([winner]), isGzip(winnerPath));
  try {
    const headers = [await ours.next(), await theirs.next()];
    const [ourHeader, theirHeader] = headers.map(({ value }) => value?.cells);
    const comparedCells = isDeepStrictEqual(ourHeader, theirHeader) ? undefined : 2;
    for (;;) {
      const [our, their] = [await ours.next(), await theirs.next()];
      if (our.done === true || their.done === true) return;
      if (!sameRow(our.value, their.value, comparedCells)) {
        const [, ourOffset] = our.value.cells;
        const [, theirOffset] = their.value.cells;
        throw new ConsumerError(
          'ContentDisagrees',
          `${winnerPath} in the volume differs from the topic at offset ${ourOffset} (it has ${theirOffset} there); nothing was overwritten`,
        );
      }
    }
  } finally {
    await ours.return();
    await theirs.return();
  }
}

function sameRow(a: ParsedRow, b: ParsedRow, cells: number | undefined): boolean {
  return cells === undefined
    ? isDeepStrictEqual(a.cells, b.cells)
    : isDeepStrictEqual(a.cells.slice(0, cells), b.cells.slice(0, cells));
}
