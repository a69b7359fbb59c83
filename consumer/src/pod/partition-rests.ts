import type { PartitionFailedError } from '@tributary/kafka';
import type { Clock } from '@tributary/runtime';
import { backOffMs } from '../landing/persist.ts';

interface Failing {
  readonly attempts: number;
  /** In milliseconds since the epoch. */
  readonly failedAt: number;
  readonly resting: boolean;
  /** Undefined once it has been asked for again without a failure. */
  readonly failure: PartitionFailedError | undefined;
}

/** What went well for so long begins anew with short rests. */
const FORGOTTEN_AFTER_MS = 5 * 60_000;

/** Partitions that failed while others could be read: each rests for itself, longer after each failure. */
export class PartitionRests {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #failing = new Map<number, Failing>();

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Begins a rest until the signal at most; returns how long it takes, in milliseconds. */
  begin(failure: PartitionFailedError, signal: AbortSignal): number {
    const { partition } = failure;
    const before = this.#failing.get(partition);
    const now = this.#clock.now();
    const isNew = before === undefined || before.failedAt + FORGOTTEN_AFTER_MS < now;
    const attempts = isNew ? 1 : before.attempts + 1;
    const restMs = backOffMs(attempts, this.#random());
    const failing = { attempts, failedAt: now, failure };
    this.#failing.set(partition, { ...failing, resting: true });
    this.#clock.sleep(restMs, signal).then(
      () => this.#failing.set(partition, { ...failing, resting: false }),
      () => undefined, // the signal: nothing is read any more
    );
    return restMs;
  }

  rests(partition: number): boolean {
    return this.#failing.get(partition)?.resting === true;
  }

  /** These were asked for, and none of them failed. */
  answered(partitions: readonly number[]): void {
    for (const partition of partitions) {
      const before = this.#failing.get(partition);
      if (before !== undefined) this.#failing.set(partition, { ...before, failure: undefined });
    }
  }

  /** Of one that failed when it was last asked for. */
  get failure(): PartitionFailedError | undefined {
    return this.#failing.values().find(({ failure }) => failure !== undefined)?.failure;
  }
}
