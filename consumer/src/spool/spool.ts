import { readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { CsvDialect } from '@tributary/api';
import { ConsumerError } from '../errors.ts';
import { hasCode, makeFolder, syncFolder } from '../files/durable.ts';
import { readFacts } from '../files/file-facts.ts';
import { filesBelow } from '../files/files-below.ts';
import { OpenFile } from './open-file.ts';
import type { FilePlace } from '../files/file-facts.ts';
import { parseSpoolPath, placeOf, spoolPath, type SpooledFile, type SpoolName } from './spooled-file.ts';

export interface SpoolOptions {
  /** The consumer's own disk. */
  readonly folder: string;
  readonly feed: string;
}

/** Files of our own disk: partial ones, and complete ones that wait for their upload. */
export class Spool {
  readonly #partial: string;
  readonly #complete: string;
  readonly #feed: string;
  #openCount = 0;

  constructor({ folder, feed }: SpoolOptions) {
    this.#partial = join(folder, 'partial');
    this.#complete = join(folder, 'complete');
    this.#feed = feed;
  }

  /**
   * What a former life left: partial files are dropped (their records are read again), complete ones are returned by
   * topic, in offset order. One that cannot be read any more is dropped too: it was never claimed in the volume.
   */
  async recover(
    dialectOf: (file: FilePlace) => Promise<CsvDialect>,
    onDropped: (path: string, reason: string) => void,
  ): Promise<SpooledFile[]> {
    await rm(this.#partial, { recursive: true, force: true });
    await makeFolder(this.#partial);
    await makeFolder(this.#complete);
    const found: SpooledFile[] = [];
    for (const local of await filesBelow(this.#complete)) {
      const [topicId = '', ...rest] = relative(this.#complete, local).split(sep);
      const name = parseSpoolPath(rest.join('/'));
      if (name === undefined)
        throw new ConsumerError('FileMalformed', `${local} is not a file of the consumer`);
      const place = placeOf(this.#feed, topicId, name);
      const csv = await dialectOf(place);
      try {
        const facts = await readFacts(local, name.partition, await readFile(local), csv);
        if (facts === undefined) throw new ConsumerError('FileMalformed', `${local} holds no rows`);
        found.push({ ...place, ...facts, csv, local, from: name.from, next: name.next });
      } catch (error) {
        if (!(error instanceof ConsumerError)) throw error;
        onDropped(local, error.message);
        await this.#remove(local);
      }
    }
    return found.sort((a, b) => a.partition - b.partition || (a.firstOffset < b.firstOffset ? -1 : 1));
  }

  async openFile(partition: number, gzip: boolean): Promise<OpenFile> {
    this.#openCount += 1;
    return OpenFile.create(join(this.#partial, `${partition}-${this.#openCount}`), gzip);
  }

  /** Delivery 4: all bytes on disk, then the name, then the folder. */
  async complete(
    open: OpenFile,
    topicId: string,
    name: SpoolName,
    csv: CsvDialect,
    rows: Rows,
  ): Promise<SpooledFile> {
    const stored = await open.finish();
    const local = join(this.#complete, topicId, spoolPath(name));
    await makeFolder(dirname(local));
    await rename(open.path, local);
    await syncFolder(dirname(local));
    return {
      ...placeOf(this.#feed, topicId, name),
      ...rows,
      ...stored,
      csv,
      local,
      from: name.from,
      next: name.next,
    };
  }

  /** Last ones first, so that a crash in between never leaves a hole. */
  async drop(files: readonly SpooledFile[]): Promise<void> {
    for (const file of files.toSorted((a, b) => (a.firstOffset > b.firstOffset ? -1 : 1))) {
      await this.#remove(file.local);
    }
  }

  async #remove(local: string): Promise<void> {
    await unlink(local).catch((error: unknown) => {
      if (!hasCode(error, 'ENOENT')) throw error;
    });
    await syncFolder(dirname(local));
  }
}

type Rows = Pick<SpooledFile, 'firstOffset' | 'lastOffset' | 'rows' | 'newestEventMs'>;

/** Bytes of all files below a folder. */
export async function usedBytes(folder: string): Promise<number> {
  let sum = 0;
  for (const file of await filesBelow(folder)) sum += await sizeOf(file);
  return sum;
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0; // removed meanwhile
    throw error;
  }
}
