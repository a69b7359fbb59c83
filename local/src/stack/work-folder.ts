import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startTimeOf } from '../processes/process-identity.ts';
import { withLock } from '../toolchain/lock.ts';
import { ProcessRegistry } from '../processes/registry.ts';

const MARKER = 'tributary-work-folder';
const LOCK = 'lock';
const GUARD = 'lock-guard';

/** The work folder cannot be used; the message says why and what to do. */
export class WorkFolderError extends Error {
  override readonly name = 'WorkFolderError';
  readonly code: 'InUse' | 'NotOurs';
  constructor(code: 'InUse' | 'NotOurs', message: string) {
    super(message);
    this.code = code;
  }
}

export interface WorkFolder {
  path: string;
  release(): Promise<void>;
}

/**
 * Takes the folder for this process alone. A lock whose process is gone is taken over. `fresh` empties the folder,
 * but only one that an earlier run marked as its own: a mistyped --dir must not cost anybody their files.
 */
export async function claimWorkFolder(path: string, { fresh }: { fresh: boolean }): Promise<WorkFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const entries = await readdir(path);
  if (entries.length > 0 && !entries.includes(MARKER)) {
    throw new WorkFolderError(
      'NotOurs',
      `${path} holds files that are not Tributary's; name another folder with --dir`,
    );
  }
  // First of all: a run that dies in the next step must find its own folder again.
  if (!entries.includes(MARKER)) await (await open(join(path, MARKER), 'a', 0o600)).close();
  // One at a time: two starts that both find a dead run's lock must not remove each other's.
  await withLock(join(path, GUARD), () => takeLock(path));
  // What a crashed run left behind is ended while its records are still there: each part keeps them in its own folder.
  for (const folder of [path, ...entries.map((entry) => join(path, entry))]) {
    await new ProcessRegistry(folder).killOrphans();
  }
  if (fresh) {
    for (const entry of entries) {
      if (entry !== MARKER && entry !== LOCK && entry !== GUARD)
        await rm(join(path, entry), { recursive: true, force: true });
    }
  }
  return { path, release: () => rm(join(path, LOCK), { force: true }) };
}

async function takeLock(path: string): Promise<void> {
  const lock = join(path, LOCK);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const file = await open(lock, 'wx', 0o600);
      await file.writeFile(JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) }));
      await file.close();
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = await readHolder(lock);
      if (holder !== undefined && startTimeOf(holder.pid) === holder.startTime) {
        throw new WorkFolderError(
          'InUse',
          `Tributary already runs in ${path} (process ${holder.pid}); stop it with Ctrl-C there, or name another folder with --dir`,
        );
      }
      await rm(lock, { force: true });
    }
  }
  throw new WorkFolderError('InUse', `${lock} keeps coming back; another start is in progress there`);
}

async function readHolder(lock: string): Promise<{ pid: number; startTime: unknown } | undefined> {
  try {
    return JSON.parse(await readFile(lock, 'utf8')) as { pid: number; startTime: unknown };
  } catch {
    // Half written by a process that died, or just released: nobody holds it.
    return undefined;
  }
}
