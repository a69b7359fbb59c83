/** Takes keys from a queue and reconciles them, a few at a time, and notices when a reconcile is stuck. */
import { type Clock, systemClock } from './clock.ts';
import { KubeApiError } from './errors.ts';
import { type KubeLog, silentLog } from './log.ts';
import { type KubeMetrics, noMetrics } from './metrics.ts';
import type { WorkQueue } from './queue.ts';

/** `requeueAfterMs`: come again then, without back-off. Nothing: done until something changes. */
export type ReconcileResult = { requeueAfterMs?: number } | undefined | void;

/** A throw means: try again after the key's back-off. */
export type Reconcile = (key: string, signal: AbortSignal) => Promise<ReconcileResult>;

export interface WorkersOptions {
  queue: WorkQueue;
  reconcile: Reconcile;
  /** @default 4 */
  concurrency?: number;
  /** A key that is worked on for longer is stuck. @default 120 s */
  stuckAfterMs?: number;
  /** How long `run` waits for what is being worked on once it is aborted. @default 10 s */
  drainMs?: number;
  clock?: Clock;
  log?: KubeLog;
  metrics?: KubeMetrics;
}

export class Workers {
  readonly #queue: WorkQueue;
  readonly #reconcile: Reconcile;
  readonly #concurrency: number;
  readonly #stuckAfterMs: number;
  readonly #drainMs: number;
  readonly #clock: Clock;
  readonly #log: KubeLog;
  readonly #metrics: KubeMetrics;
  #active = 0;

  constructor(options: WorkersOptions) {
    this.#queue = options.queue;
    this.#reconcile = options.reconcile;
    this.#concurrency = options.concurrency ?? 4;
    this.#stuckAfterMs = options.stuckAfterMs ?? 120_000;
    this.#drainMs = options.drainMs ?? 10_000;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLog;
    this.#metrics = options.metrics ?? noMetrics;
    this.#metrics.working(this.#queue.name, this.#concurrency, () =>
      [...this.#queue.processing.values()].map((since) => (this.#clock.monotonic() - since) / 1_000),
    );
  }

  /** Keys that have been worked on for longer than `stuckAfterMs`: liveness fails while there are any. */
  stuck(): string[] {
    const before = this.#clock.monotonic() - this.#stuckAfterMs;
    return [...this.#queue.processing].filter(([, since]) => since < before).map(([key]) => key);
  }

  /**
   * Works until `signal` is aborted, which also aborts the signal that reconciles have. Then waits for those under way,
   * at most `drainMs`, closes the queue and resolves with the keys that did not end in time.
   */
  async run(signal: AbortSignal): Promise<string[]> {
    const loops = Array.from({ length: this.#concurrency }, () => this.#loop(signal));
    const aborted = new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const all = Promise.all(loops).then(() => undefined);
    // A closed queue ends the loops without an abort.
    await Promise.race([aborted, all]);
    let cancel: () => void = () => undefined;
    const expired = new Promise<void>((resolve) => (cancel = this.#clock.schedule(this.#drainMs, resolve)));
    try {
      await Promise.race([all, expired]);
    } finally {
      cancel();
      this.#queue.close();
    }
    const left = [...this.#queue.processing.keys()];
    if (left.length > 0)
      this.#log.warn({ queue: this.#queue.name, keys: left }, 'stopped with work under way');
    return left;
  }

  async #loop(signal: AbortSignal): Promise<void> {
    for (;;) {
      const key = await this.#queue.take(signal);
      if (key === undefined) return;
      this.#metrics.activeWorkers(this.#queue.name, ++this.#active);
      try {
        await this.#work(key, signal);
      } finally {
        this.#queue.done(key);
        this.#metrics.activeWorkers(this.#queue.name, --this.#active);
      }
    }
  }

  async #work(key: string, signal: AbortSignal): Promise<void> {
    const startedAt = this.#clock.monotonic();
    const seconds = () => (this.#clock.monotonic() - startedAt) / 1000;
    try {
      const result = await this.#reconcile(key, signal);
      this.#queue.forget(key);
      if (result?.requeueAfterMs === undefined) {
        this.#metrics.reconciled(this.#queue.name, 'success', seconds());
      } else {
        this.#queue.addAfter(key, result.requeueAfterMs);
        this.#metrics.reconciled(this.#queue.name, 'requeue_after', seconds());
      }
    } catch (error) {
      if (signal.aborted) return;
      const failures = this.#queue.failures(key) + 1;
      const waitMs = this.#queue.addRateLimited(key);
      if (error instanceof KubeApiError && error.isConflict) {
        // Somebody else was faster; the watch brings the newer object. Nothing to worry a reader with.
        this.#log.debug({ queue: this.#queue.name, key, waitMs }, 'conflict: trying again');
        this.#metrics.reconciled(this.#queue.name, 'requeue', seconds());
        return;
      }
      this.#log.error(
        { err: error, queue: this.#queue.name, key, failures, waitMs },
        'reconcile failed: trying again',
      );
      this.#metrics.reconciled(this.#queue.name, 'error', seconds());
    }
  }
}
