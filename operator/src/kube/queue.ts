/**
 * A queue of keys in which every key waits at most once and is worked on by one worker at a time, as client-go's:
 * a key added while it is worked on comes again when it is done. What is under way goes before what may wait, so that a
 * thousand new keys, or a restart, hold up neither a repair nor the half-done.
 */
import { backoffMs, type BackoffOptions, type Random } from './backoff.ts';
import { type Cancel, type Clock, systemClock } from './clock.ts';
import { type KubeMetrics, noMetrics } from './metrics.ts';
import { RateLimit, type RateLimitOptions } from './rate-limit.ts';

export interface QueueOptions {
  /** For metrics. */
  name: string;
  clock?: Clock;
  random?: Random;
  metrics?: KubeMetrics;
  /** Of `addRateLimited`, per key. @default 5 ms doubling to 1000 s, without jitter */
  backoff?: BackoffOptions;
  /** Of `addRateLimited`, over all keys. @default 100 at once, then 10 a second */
  retries?: RateLimitOptions;
}

export const DEFAULT_QUEUE_BACKOFF: BackoffOptions = { baseMs: 5, maxMs: 1_000_000 };
/** A thousand keys that all fail would else be tried a thousand times a second at first. */
const DEFAULT_RETRIES: RateLimitOptions = { burst: 100, everyMs: 100 };

/** `later`: may wait while there is anything else, such as what nobody has begun. */
export type Priority = 'normal' | 'later';

/** Of so many keys that are taken at least one is of those that may wait, so that none waits for ever. */
const LATER_EVERY = 8;

interface Added {
  at: number;
  priority: Priority;
}

interface Delayed {
  at: number;
  cancel: Cancel;
}

export class WorkQueue {
  readonly name: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #metrics: KubeMetrics;
  readonly #backoff: BackoffOptions;
  readonly #retries: RateLimit;
  /** What must be worked on, in the order it came: key → when it was added. */
  readonly #waiting: Readonly<Record<Priority, Map<string, number>>> = {
    normal: new Map(),
    later: new Map(),
  };
  /** What is being worked on: key → since when. */
  readonly #processing = new Map<string, number>();
  /** Added again while it was worked on. */
  readonly #again = new Map<string, Added>();
  readonly #delayed = new Map<string, Delayed>();
  readonly #failures = new Map<string, number>();
  readonly #takers = new Set<() => void>();
  #closed = false;
  #taken = 0;

  constructor(options: QueueOptions) {
    this.name = options.name;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#metrics = options.metrics ?? noMetrics;
    this.#backoff = options.backoff ?? DEFAULT_QUEUE_BACKOFF;
    this.#retries = new RateLimit(options.retries ?? DEFAULT_RETRIES, this.#clock);
  }

  /** Keys that wait now, without the delayed ones. */
  get depth(): number {
    return this.#waiting.normal.size + this.#waiting.later.size;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** The monotonic time since which each key has been worked on. */
  get processing(): ReadonlyMap<string, number> {
    return this.#processing;
  }

  add(key: string, priority: Priority = 'normal'): void {
    if (this.#closed) return;
    const at = this.#clock.monotonic();
    if (this.#processing.has(key)) {
      const again = this.#again.get(key);
      if (again !== undefined) {
        if (priority === 'normal') again.priority = priority;
        return;
      }
      this.#again.set(key, { at, priority });
      this.#metrics.queueAdded(this.name);
      return;
    }
    if (this.#waiting.normal.has(key)) return;
    const since = this.#waiting.later.get(key);
    if (since !== undefined) {
      if (priority === 'later') return;
      this.#waiting.later.delete(key);
      this.#waiting.normal.set(key, since);
      return;
    }
    this.#metrics.queueAdded(this.name);
    this.#enqueue(key, { at, priority });
  }

  /** Adds the key after `ms`. Of several delays for a key the soonest counts. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const at = this.#clock.monotonic() + ms;
    const planned = this.#delayed.get(key);
    if (planned !== undefined && planned.at <= at) return;
    planned?.cancel();
    const cancel = this.#clock.schedule(ms, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { at, cancel });
  }

  /**
   * Adds the key after its back-off, which grows with each call until `forget`, or later where many keys are added so at the
   * same time. Returns the wait in milliseconds.
   */
  addRateLimited(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const wait = Math.max(backoffMs(failures, this.#backoff, this.#random), this.#retries.reserve());
    this.#metrics.queueRetried(this.name);
    this.addAfter(key, wait);
    return wait;
  }

  /** Ends the key's back-off: what it was tried for is done. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key; waits for one. Undefined once the queue is closed and empty, or `signal` is aborted. Say `done`. */
  async take(signal?: AbortSignal): Promise<string | undefined> {
    for (;;) {
      if (signal?.aborted) {
        // It may have been woken for a key that another taker can have.
        if (this.depth > 0) this.#wake(1);
        return undefined;
      }
      const key = this.#tryTake();
      if (key !== undefined || this.#closed) return key;
      await this.#someKey(signal);
    }
  }

  /** The worker is through with the key. */
  done(key: string): void {
    const since = this.#processing.get(key);
    if (since === undefined) return;
    this.#processing.delete(key);
    this.#metrics.queueWorked(this.name, (this.#clock.monotonic() - since) / 1000);
    const added = this.#again.get(key);
    if (added !== undefined) {
      this.#again.delete(key);
      this.#enqueue(key, added);
    }
  }

  /** Takes nothing more in and drops what is delayed; what waits can still be taken. */
  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#delayed.values()) cancel();
    this.#delayed.clear();
    this.#wake(this.#takers.size);
  }

  #enqueue(key: string, { at, priority }: Added): void {
    this.#waiting[priority].set(key, at);
    this.#metrics.queueDepth(this.name, this.depth);
    this.#wake(1);
  }

  #tryTake(): string | undefined {
    const { normal, later } = this.#waiting;
    const turnOfLater = this.#taken % LATER_EVERY === LATER_EVERY - 1;
    const waiting = later.size > 0 && (turnOfLater || normal.size === 0) ? later : normal;
    const next = waiting.entries().next();
    if (next.done === true) return undefined;
    const [key, addedAt] = next.value;
    const now = this.#clock.monotonic();
    this.#taken += 1;
    waiting.delete(key);
    this.#processing.set(key, now);
    this.#metrics.queueDepth(this.name, this.depth);
    this.#metrics.queueWaited(this.name, (now - addedAt) / 1000);
    return key;
  }

  #someKey(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#takers.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.#takers.add(wake);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  #wake(count: number): void {
    let left = count;
    // Each leaves the set as it is woken, which iterating over a set allows.
    for (const wake of this.#takers) {
      if (left-- <= 0) return;
      wake();
    }
  }
}
