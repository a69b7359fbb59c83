import { randomUUID } from 'node:crypto';
import { link, open, readFile, readdir, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode, makeFolder, syncFolder } from '../files/durable.ts';
import type { Volume, VolumeEntry } from './volume.ts';

/** Files that are still being written; never among those that have landed. */
const ASIDE = '.aside';

/** A folder that behaves as a volume does: names are created once and whole. */
export class FolderVolume implements Volume {
  readonly root: string;
  readonly #onStored: (bytes: number) => void;

  /** `onStored` is told of each file's size, for a disk budget. */
  constructor(root: string, onStored: (bytes: number) => void = () => undefined) {
    this.root = root;
    this.#onStored = onStored;
  }

  /** Removes what a process that was killed left half written. Nobody else may be writing. */
  async clean(): Promise<void> {
    await rm(join(this.root, ASIDE), { recursive: true, force: true });
  }

  async create(path: string, bytes: Buffer, signal?: AbortSignal): Promise<'created' | 'exists'> {
    signal?.throwIfAborted();
    const target = join(this.root, path);
    const aside = join(this.root, ASIDE, randomUUID());
    await makeFolder(dirname(aside));
    await makeFolder(dirname(target));
    try {
      await writeDurably(aside, bytes);
      // Unlike rename, link refuses an existing name.
      await link(aside, target);
      await syncFolder(dirname(target));
      this.#onStored(bytes.length);
      return 'created';
    } catch (error) {
      if (hasCode(error, 'EEXIST')) return 'exists';
      throw error;
    } finally {
      await unlink(aside).catch((error: unknown) => {
        if (!hasCode(error, 'ENOENT')) throw error;
      });
    }
  }

  async read(path: string, signal?: AbortSignal): Promise<Buffer | undefined> {
    try {
      return await readFile(join(this.root, path), signal === undefined ? {} : { signal });
    } catch (error) {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  async *list(path: string, signal?: AbortSignal): AsyncGenerator<VolumeEntry, void, undefined> {
    signal?.throwIfAborted();
    try {
      for (const entry of await readdir(join(this.root, path), { withFileTypes: true })) {
        if (entry.name !== ASIDE) yield { name: entry.name, isDirectory: entry.isDirectory() };
      }
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error;
    }
  }
}

async function writeDurably(path: string, bytes: Buffer): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
