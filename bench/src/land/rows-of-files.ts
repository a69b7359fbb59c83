import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';

/** Files below a folder by the first offset in their names. */
export async function filesInOrder(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names
    .filter((name) => name.endsWith('.csv.gz'))
    .sort((a, b) => firstOffset(a) - firstOffset(b))
    .map((name) => join(folder, name));
}

function firstOffset(name: string): number {
  return Number(/(\d+)\.csv\.gz$/.exec(name)?.[1]);
}

/** Lines of all files in offset order, without headers. No cell of the bench holds a line end. */
export async function* rowsOfFiles(folder: string): AsyncGenerator<string, void, undefined> {
  for (const file of await filesInOrder(folder)) {
    const lines = createInterface({ input: createReadStream(file).pipe(createGunzip()) });
    for await (const line of lines) if (!line.startsWith('_partition,')) yield line;
  }
}

/** How many rows both have in common; throws at the first that differs. */
export async function compareRows(a: string, b: string): Promise<number> {
  const [left, right] = [rowsOfFiles(a), rowsOfFiles(b)];
  for (let rows = 0; ; rows += 1) {
    const [mine, theirs] = [await left.next(), await right.next()];
    if (mine.done === true && theirs.done === true) return rows;
    if (mine.value !== theirs.value) {
      throw new Error(`row ${rows + 1} differs:\n  ${a}: ${mine.value}\n  ${b}: ${theirs.value}`);
    }
  }
}
