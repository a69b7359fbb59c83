import { schemaPath } from '@tributary/api';
import type { Clock } from '@tributary/runtime';
import { ConsumerError } from '../errors.ts';
import { isGzip, type Totals } from '../files/file-facts.ts';
import type { LayoutName } from '../partition/layout.ts';
import type { DiskBudget } from '../spool/disk-budget.ts';
import type { KeptFiles } from '../spool/kept-files.ts';
import type { Spool } from '../spool/spool.ts';
import type { SpooledFile } from '../spool/spooled-file.ts';
import type { Volume } from '../volume/volume.ts';
import { claim, type Landed } from './claim.ts';
import type { PartitionHistory } from './history.ts';
import { persist } from './persist.ts';

export interface UploadQueueOptions {
  readonly feed: string;
  readonly volume: Volume;
  /** The newest layout when we started; a newer schema means that another consumer has taken over. */
  readonly ours?: LayoutName;
  readonly spool: Spool;
  /** Of what has landed. */
  readonly kept: KeptFiles;
  readonly budget: DiskBudget;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onLanded: (file: SpooledFile, landed: Landed, milliseconds: number) => void;
  /**
   * All our files are void, and reading goes on at `next`: the winner's file ends elsewhere than ours, or the schema of
   * ours was closed before them.
   */
  readonly onTailVoid: (next: bigint) => Promise<void>;
  readonly onFailure: (error: unknown, retryInMs: number) => void;
  readonly onSuccess: () => void;
}

/** Lands the complete files of one partition, in order and one at a time (Delivery 4). */
export class UploadQueue {
  readonly #options: UploadQueueOptions;
  #waiting: SpooledFile[] = [];
  #totals: Totals;
  #landedUpTo: bigint;
  #expected: LayoutName;
  #halted: ConsumerError | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(options: UploadQueueOptions, history: Omit<PartitionHistory, 'lastFile'>) {
    this.#options = options;
    this.#totals = history.totals;
    this.#landedUpTo = history.next;
    this.#expected = history.layout;
  }

  /** What is in the volume. */
  get totals(): Totals {
    return this.#totals;
  }

  /** First offset that is not in the volume. */
  get landedUpTo(): bigint {
    return this.#landedUpTo;
  }

  /** What is in complete files, on our disk or in the volume. */
  get landed(): Totals {
    return {
      rows: this.#waiting.reduce((sum, { rows }) => sum + rows, this.#totals.rows),
      files: this.#totals.files + this.#waiting.length,
    };
  }

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Why nothing of this partition is uploaded any more: only a person can tell which side is right. */
  get halted(): ConsumerError | undefined {
    return this.#halted;
  }

  add(file: SpooledFile): void {
    this.#waiting.push(file);
    this.#notify();
  }

  /** Removes all files that are waiting, from the disk too. */
  async clear(): Promise<void> {
    const dropped = this.#waiting;
    this.#waiting = [];
    await this.#remove(dropped);
    this.#notify();
  }

  /** Removes the newest file that is waiting; only where nothing is uploaded any more. */
  async dropNewest(): Promise<SpooledFile | undefined> {
    const dropped = this.#waiting.pop();
    if (dropped !== undefined) await this.#remove([dropped]);
    return dropped;
  }

  /** Resolves once nothing is waiting, or nothing can be uploaded any more. */
  async drained(signal: AbortSignal): Promise<void> {
    while (!this.empty && this.#halted === undefined && !signal.aborted) await this.#change(signal);
  }

  /** Uploads until the signal or an alarm. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const file = this.#waiting[0];
      if (file === undefined) {
        await this.#change(signal);
        continue;
      }
      try {
        await this.#land(file, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ConsumerError)) throw error;
        this.#halted = error;
        this.#notify();
        this.#options.budget.reconsider();
        return;
      }
    }
  }

  async #land(file: SpooledFile, signal: AbortSignal): Promise<void> {
    const { volume, feed, ours, clock, random, onFailure, onSuccess, onTailVoid } = this.#options;
    const started = clock.now();
    const gzip = ours?.gzip ?? isGzip(file.path);
    const own = { volume, feed, own: file, expected: this.#expected, gzip, before: this.#totals };
    const land = async (): Promise<Landed | undefined> => {
      const landed = await claim(own, signal);
      if (landed?.adopted !== false) await this.#checkStillOurs(file, signal);
      return landed;
    };
    const landed = await persist(land, {
      clock,
      random,
      signal,
      onFailure,
      onSuccess,
    });
    if (landed === undefined) {
      await onTailVoid(file.from);
      return this.#notify();
    }
    this.#totals = landed.totals;
    this.#expected = landed.layout;
    this.#landedUpTo = landed.next;
    this.#options.onLanded(file, landed, clock.now() - started);
    if (landed.lastOffset === file.lastOffset) {
      this.#waiting.shift();
      await this.#retire(file, landed);
    } else {
      await onTailVoid(landed.next);
    }
    this.#notify();
  }

  /** Throws `Superseded`. Whoever writes under a newer schema has written its description first. */
  async #checkStillOurs({ topicId }: SpooledFile, signal: AbortSignal): Promise<void> {
    const { volume, feed, ours } = this.#options;
    if (ours === undefined) return;
    const newer = schemaPath(feed, topicId, ours.schema + 1);
    if ((await volume.read(newer, signal)) === undefined) return;
    throw new ConsumerError(
      'Superseded',
      `another consumer of this feed lands files under a newer schema (${newer}); this one stops`,
    );
  }

  /** It is in the volume. */
  async #retire(file: SpooledFile, { path, sha256 }: Landed): Promise<void> {
    const { kept, spool, budget } = this.#options;
    // Recompressed, or another's: what the volume holds under that name is not what we have.
    const isTheSame = sha256 === file.sha256;
    if (!isTheSame || !(await kept.take({ ...file, path }))) await spool.drop([file]);
    budget.release(file.bytes);
    await kept.makeRoom();
  }

  async #remove(files: readonly SpooledFile[]): Promise<void> {
    await this.#options.spool.drop(files);
    this.#options.budget.release(files.reduce((sum, { bytes }) => sum + bytes, 0));
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  async #change(signal: AbortSignal): Promise<void> {
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    const onAbort = (): void => resolve();
    if (signal.aborted) return;
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([this.#changed.promise, aborted]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}
