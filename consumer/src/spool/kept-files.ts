import { rename, rm, rmdir, stat, unlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { durationMs } from '@tributary/api';
import type { Clock } from '@tributary/runtime';
import { hasCode, makeFolder } from '../files/durable.ts';
import { filesBelow } from '../files/files-below.ts';
import type { DiskBudget } from './disk-budget.ts';
import type { SpooledFile } from './spooled-file.ts';

export interface KeptFilesOptions {
  /** On the consumer's own disk; below it files are called as in the volume. */
  readonly folder: string;
  /** How long they stay, such as `1h`. Absent: not at all. */
  readonly keep?: string | undefined;
  readonly budget: DiskBudget;
  readonly clock: Clock;
}

interface KeptFile {
  readonly local: string;
  readonly bytes: number;
  /** When it had landed, in milliseconds since the epoch. */
  readonly since: number;
}

/** Of the budget: what waits for its upload must find room without waiting for what has landed. */
const SHARE = 0.5;
const LOOK_EVERY_MS = 60_000;

/**
 * Files that are in the volume, and stay on our own disk for a while for whoever wants to look at them. They take no part
 * in back-pressure: they have only what is left of the budget, and the oldest go as soon as something else needs it.
 */
export class KeptFiles {
  readonly #options: KeptFilesOptions;
  readonly #keepMs: number | undefined;
  /** Oldest first. */
  #files: KeptFile[] = [];
  #bytes = 0;

  constructor(options: KeptFilesOptions) {
    this.#options = options;
    this.#keepMs = options.keep === undefined ? undefined : durationMs(options.keep);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What a former life kept; removed where nothing is kept any more. */
  async recover(): Promise<void> {
    const { folder } = this.#options;
    if (this.#keepMs === undefined) return rm(folder, { recursive: true, force: true });
    const found = await Promise.all((await filesBelow(folder)).map(keptFile));
    this.#files = found.toSorted((a, b) => a.since - b.since);
    this.#bytes = found.reduce((sum, { bytes }) => sum + bytes, 0);
    await this.makeRoom();
  }

  /** Whether it keeps a file that has landed, which is its own from then on. */
  async take({ local, path, bytes }: SpooledFile): Promise<boolean> {
    const { folder, clock } = this.#options;
    if (this.#keepMs === undefined) return false;
    const kept = join(folder, path);
    const since = clock.now();
    try {
      await makeFolder(dirname(kept));
      await utimes(local, since / 1_000, since / 1_000);
      await rename(local, kept);
    } catch {
      return false; // it is in the volume: a disk that does not keep it does no harm
    }
    this.#files.push({ local: kept, bytes, since });
    this.#bytes += bytes;
    return true;
  }

  /**
   * Removes what is older than it is kept, and the oldest of what has no room any more. A disk that does not let a file go
   * does no harm either: the file counts on, and it is tried again.
   */
  async makeRoom(): Promise<void> {
    const stuck: KeptFile[] = [];
    for (let oldest = this.#files[0]; oldest !== undefined && this.#mustGo(oldest); oldest = this.#files[0]) {
      this.#files.shift();
      this.#bytes -= oldest.bytes;
      if (!(await remove(oldest.local))) stuck.push(oldest);
    }
    this.#files.unshift(...stuck);
    this.#bytes += stuck.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Removes what has been kept long enough, until the signal. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const keepMs = this.#keepMs;
    if (keepMs === undefined) return;
    while (!signal.aborted) {
      await clock.sleep(Math.min(LOOK_EVERY_MS, keepMs), signal).catch(() => undefined); // the loop looks at the signal
      await this.makeRoom();
    }
  }

  #mustGo({ since }: KeptFile): boolean {
    const { budget, clock } = this.#options;
    const keepMs = this.#keepMs ?? 0;
    const room = Math.min(budget.limit * SHARE, budget.limit - budget.used);
    return this.#bytes > room || since + keepMs <= clock.now();
  }
}

async function keptFile(local: string): Promise<KeptFile> {
  const { size, mtimeMs } = await stat(local);
  return { local, bytes: size, since: mtimeMs };
}

/** Whether it is gone. */
async function remove(local: string): Promise<boolean> {
  try {
    await unlink(local);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) return false;
  }
  // The folder of a day goes with its last file.
  await rmdir(dirname(local)).catch(() => undefined);
  return true;
}
