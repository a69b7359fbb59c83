/**
 * Work on something slow outside of the cluster, with a queue of its own: what it arrived at is left in memory, and the
 * reconcile that asked for it neither waits nor fails with it.
 */
import { createHash } from 'node:crypto';
import type { BackoffOptions } from './backoff.ts';
import type { Clock } from './clock.ts';
import type { KubeLog } from './log.ts';
import type { KubeMetrics } from './metrics.ts';
import { WorkQueue } from './queue.ts';
import { Workers, type ReconcileResult } from './workers.ts';

export interface SideTask<R, O> {
  request: R;
  /** What the last work arrived at, also for an earlier request. */
  known: O | undefined;
  /** Tells an outcome; the caller of `request` comes again when it is news. */
  report: (outcome: O) => void;
}

export interface SideWorkOptions<R, O> {
  /** Of the queue. */
  name: string;
  work: (task: SideTask<R, O>, signal: AbortSignal) => Promise<ReconcileResult>;
  /** Called when a key's outcome has changed. */
  onNews: (key: string) => void;
  concurrency: number;
  /** A key that is worked on for longer is stuck. */
  stuckAfterMs: number;
  backoff: BackoffOptions;
  clock: Clock;
  log: KubeLog;
  metrics: KubeMetrics;
}

interface Entry<R, O> {
  request: R;
  /** Of the request: it may hold passwords. */
  hash: string;
  outcome: O | undefined;
}

export class SideWork<R, O> {
  readonly #options: SideWorkOptions<R, O>;
  readonly #queue: WorkQueue;
  readonly #workers: Workers;
  readonly #entries = new Map<string, Entry<R, O>>();
  readonly #running = new Set<string>();

  constructor(options: SideWorkOptions<R, O>) {
    this.#options = options;
    const { name, backoff, concurrency, stuckAfterMs, clock, log, metrics } = options;
    this.#queue = new WorkQueue({ name, clock, metrics, backoff });
    this.#workers = new Workers({
      queue: this.#queue,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      concurrency,
      stuckAfterMs,
      clock,
      log,
      metrics,
    });
  }

  /** Says what is wanted; returns what is known of it, undefined before the first look. */
  request(key: string, request: R): O | undefined {
    const hash = createHash('sha256').update(JSON.stringify(request)).digest('base64url');
    const entry = this.#entries.get(key);
    if (entry?.hash === hash) return entry.outcome;
    this.#entries.set(key, { request, hash, outcome: entry?.outcome });
    this.#queue.forget(key);
    this.#queue.add(key);
    return entry?.outcome;
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  /** Forgets the key; whether work on it is still under way, which may yet make what was asked for. */
  abandon(key: string): boolean {
    this.forget(key);
    return this.#running.has(key);
  }

  stuck(): string[] {
    return this.#workers.stuck();
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#workers.run(signal);
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const report = (outcome: O): void => this.#report(key, entry, outcome);
    this.#running.add(key);
    try {
      return await this.#options.work({ request: entry.request, known: entry.outcome, report }, signal);
    } finally {
      this.#running.delete(key);
    }
  }

  #report(key: string, entry: Entry<R, O>, outcome: O): void {
    const news = JSON.stringify(outcome) !== JSON.stringify(entry.outcome);
    entry.outcome = outcome;
    // A newer request has an entry of its own; it takes over what is known.
    const current = this.#entries.get(key);
    if (current !== undefined && current !== entry) current.outcome = outcome;
    if (news) this.#options.onNews(key);
  }
}
