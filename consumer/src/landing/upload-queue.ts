import { schemaPath } from '@tributary/api';
import type { Clock } from '@tributary/runtime';
import { ConsumerError } from '../errors.ts';
import type { Totals } from '../files/file-facts.ts';
import type { DiskBudget } from '../spool/disk-budget.ts';
import type { Spool } from '../spool/spool.ts';
import type { SpooledFile } from '../spool/spooled-file.ts';
import type { Volume } from '../volume/volume.ts';
import { claim, type Landed } from './claim.ts';
import { persist } from './persist.ts';

export interface UploadQueueOptions {
  readonly feed: string;
  readonly volume: Volume;
  /** The newest schema when we started; a newer one means that another consumer has taken over. */
  readonly schema?: number;
  readonly spool: Spool;
  readonly budget: DiskBudget;
  readonly clock: Clock;
  readonly random: () => number;
  readonly onLanded: (file: SpooledFile, landed: Landed, milliseconds: number) => void;
  /** The winner's file ends elsewhere than ours: all our later ones are void. */
  readonly onAdoptedOther: (file: SpooledFile, landed: Landed) => Promise<void>;
  readonly onFailure: (error: unknown, retryInMs: number) => void;
  readonly onSuccess: () => void;
}

/** Lands the complete files of one partition, in order and one at a time (Delivery 4). */
export class UploadQueue {
  readonly #options: UploadQueueOptions;
  #waiting: SpooledFile[] = [];
  #totals: Totals;
  #landedUpTo: bigint;
  #halted: ConsumerError | undefined;
  #changed = Promise.withResolvers<void>();

  /** `next`: first offset that is not in the volume. */
  constructor(options: UploadQueueOptions, totals: Totals, next: bigint) {
    this.#options = options;
    this.#totals = totals;
    this.#landedUpTo = next;
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
        return;
      }
    }
  }

  async #land(file: SpooledFile, signal: AbortSignal): Promise<void> {
    const { volume, feed, clock, random, onFailure, onSuccess } = this.#options;
    const started = clock.now();
    const land = async (): Promise<Landed> => {
      const claimed = await claim(volume, feed, file, this.#totals, signal);
      if (claimed.adopted) await this.#checkStillOurs(file, signal);
      return claimed;
    };
    const landed = await persist(land, {
      clock,
      random,
      signal,
      onFailure,
      onSuccess,
    });
    this.#totals = landed.totals;
    this.#landedUpTo = landed.next;
    this.#options.onLanded(file, landed, clock.now() - started);
    if (landed.lastOffset === file.lastOffset) {
      this.#waiting.shift();
      await this.#remove([file]);
    } else {
      await this.#options.onAdoptedOther(file, landed);
    }
    this.#notify();
  }

  /** Throws `Superseded`. Whoever writes under a newer schema has written its description first. */
  async #checkStillOurs({ topicId }: SpooledFile, signal: AbortSignal): Promise<void> {
    const { volume, feed, schema } = this.#options;
    if (schema === undefined) return;
    const newer = schemaPath(feed, topicId, schema + 1);
    if ((await volume.read(newer, signal)) === undefined) return;
    throw new ConsumerError(
      'Superseded',
      `another consumer of this feed lands files under a newer schema (${newer}); this one stops`,
    );
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
