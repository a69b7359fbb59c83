import { randomUUID } from 'node:crypto';
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hasCode } from '../processes/error-code.ts';
import { isAlive, ownIdentity } from '../processes/process-identity.ts';
import type { ProcessIdentity } from '../processes/process-identity.ts';
import { waitUntil } from '../processes/wait-until.ts';

export type LockOptions = {
  /** Called once if another process holds the lock. */
  onWait?: (holder: ProcessIdentity) => void;
  /** @default 1800000 (half an hour: the longest build, on a slow machine) */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
};

const takeoverTimeoutMs = 10_000;

/**
 * Runs `work` while this process alone holds the lock file. A lock whose holder is gone is taken over.
 * Within one process too, a second caller waits for the first.
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const { onWait, signal, timeoutMs = 30 * 60_000 } = options;
  const token = randomUUID();
  let waiting = false;
  await waitUntil(
    async () => {
      if (await create(path, token)) return true;
      const holder = await readHolder(path);
      if (holder !== undefined && !isAlive(holder)) await removeStale(path);
      else if (holder !== undefined && !waiting) {
        waiting = true;
        onWait?.(holder);
      }
      return false;
    },
    { what: `the lock ${path}`, timeoutMs, intervalMs: 100, signal },
  );
  try {
    return await work();
  } finally {
    const holder = await readHolder(path);
    if (holder?.token === token) await rm(path, { force: true });
  }
}

type Holder = ProcessIdentity & { token: string };

/** A link appears whole or not at all, and never over another: the lock always names its holder. */
async function create(path: string, token: string): Promise<boolean> {
  const draft = `${path}.${token}`;
  await writeFile(draft, JSON.stringify({ ...ownIdentity(), token }));
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Under a second lock, so that nobody removes the lock that a quicker process has just taken over. */
async function removeStale(path: string): Promise<void> {
  const guard = `${path}.takeover`;
  try {
    await writeFile(guard, '', { flag: 'wx' });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    const age = Date.now() - ((await stat(guard).catch(() => undefined))?.mtimeMs ?? Date.now());
    if (age > takeoverTimeoutMs) await rm(guard, { force: true }); // its maker died within a millisecond's work
    return;
  }
  try {
    const holder = await readHolder(path);
    if (holder !== undefined && !isAlive(holder)) await rm(path, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const value = JSON.parse(text) as Partial<Holder>;
  if (
    typeof value.pid !== 'number' ||
    typeof value.startTime !== 'string' ||
    typeof value.token !== 'string'
  ) {
    throw new Error(`${path} is not a lock file of ours; remove it`);
  }
  return { pid: value.pid, startTime: value.startTime, token: value.token };
}
