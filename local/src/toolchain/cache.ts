import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.ts';

/** Where built things are kept between runs: `$XDG_CACHE_HOME/tributary`, else `~/.cache/tributary`. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tributary');
}

export type CacheKey = {
  part: string;
  version: string;
  /** The content of everything else that decides what is built. */
  inputs: readonly string[];
};

export type BuildFolders = {
  /** Fill this one. */
  folder: string;
  /** Where it will be moved to: for what must know its own address. */
  finalFolder: string;
  /** Kept from one attempt to the next, so that an interrupted download goes on; removed on success. */
  scratch: string;
};

/** The folder of a part, whether it exists yet or not. */
export function pathOf(root: string, { part, version, inputs }: CacheKey): string {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(`${Buffer.byteLength(input)}\n`).update(input);
  return join(root, `${part}-${version}-${hash.digest('hex').slice(0, 12)}`);
}

/**
 * The folder of a part, built by `build` if no run has finished building it. It appears whole or not at all;
 * processes that want the same part wait for the one that builds it.
 */
export async function buildOnce(
  root: string,
  key: CacheKey,
  build: (folders: BuildFolders) => Promise<void>,
  options: { onWait?: (pid: number) => void; signal?: AbortSignal | undefined } = {},
): Promise<string> {
  const finalFolder = pathOf(root, key);
  if (existsSync(finalFolder)) return finalFolder;
  const building = join(root, 'building');
  await mkdir(building, { recursive: true });
  return await withLock(
    join(building, `${key.part}.lock`),
    async () => {
      if (existsSync(finalFolder)) return finalFolder;
      await removeLeftOvers(building, key.part);
      const folder = join(building, `${key.part}.aside-${randomUUID()}`);
      const scratch = join(building, `${key.part}.scratch`);
      try {
        await mkdir(folder);
        await mkdir(scratch, { recursive: true });
        await build({ folder, finalFolder, scratch });
        await rename(folder, finalFolder);
      } catch (error) {
        await rm(folder, { recursive: true, force: true });
        throw error;
      }
      await rm(scratch, { recursive: true, force: true });
      return finalFolder;
    },
    {
      signal: options.signal,
      onWait: (holder) => options.onWait?.(holder.pid),
    },
  );
}

/** What builds that were killed left aside: nobody else can be at it while we hold the part's lock. */
async function removeLeftOvers(building: string, part: string): Promise<void> {
  for (const name of await readdir(building)) {
    if (name.startsWith(`${part}.aside-`)) await rm(join(building, name), { recursive: true, force: true });
  }
}
