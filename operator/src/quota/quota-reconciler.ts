import { isDeepStrictEqual } from 'node:util';
import type { ApiQuotaStatus, QuotaShare } from '@tributary/api';
import {
  splitKey,
  Workers,
  WorkQueue,
  type Clock,
  type KubeClient,
  type KubeLog,
  type KubeMetrics,
  type ReconcileResult,
} from '../kube/index.ts';
import type { StreamSource } from '../status/index.ts';
import { ApiQuotas, type ApiQuota } from './api-quota.ts';
import type { Quotas } from './quotas.ts';
import { quotaStatus } from './quota-status.ts';

/** Figures alone are written at most this often. */
const FIGURES_EVERY_MS = 60_000;

export interface QuotaReconcilerOptions {
  client: KubeClient;
  quotas: Quotas<StreamSource>;
  quota: (name: string, namespace: string) => ApiQuota | undefined;
  /** A feed's key whose share has changed. */
  onShare: (key: string) => void;
  clock: Clock;
  log: KubeLog;
  metrics: KubeMetrics;
}

/** Brings feeds whose share changed back to their reconciler, and keeps the status of their quota. */
export class QuotaReconciler {
  readonly #options: QuotaReconcilerOptions;
  readonly #queue: WorkQueue;
  readonly #workers: Workers;
  /** By quota: what each feed was told last. */
  readonly #told = new Map<string, ReadonlyMap<string, string>>();
  readonly #writtenAt = new Map<string, number>();

  constructor(options: QuotaReconcilerOptions) {
    this.#options = options;
    const { clock, log, metrics } = options;
    this.#queue = new WorkQueue({
      name: 'apiquota',
      clock,
      metrics,
      backoff: { baseMs: 50, maxMs: 5 * 60_000, jitter: 0.2 },
    });
    this.#workers = new Workers({
      queue: this.#queue,
      reconcile: (key, signal) => this.#reconcile(key, signal),
      concurrency: 2,
      clock,
      log,
      metrics,
    });
  }

  enqueue(key: string): void {
    this.#queue.add(key);
  }

  stuck(): string[] {
    return this.#workers.stuck();
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#workers.run(signal);
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { quotas, quota: find, clock } = this.#options;
    const { namespace = '', name } = splitKey(key);
    const feeds = quotas.feeds(key);
    const division = quotas.division(key);
    this.#tell(
      key,
      namespace,
      new Map(feeds.map(({ metadata }) => [metadata.name, verdict(division?.shares.get(metadata.name))])),
    );
    const quota = find(name, namespace);
    if (quota === undefined || division === undefined || quota.metadata.deletionTimestamp !== undefined) {
      this.#writtenAt.delete(key);
      return undefined;
    }
    const listed = feeds.map(({ metadata, status }) => ({
      name: metadata.name,
      remaining: status?.quota?.remaining,
    }));
    return this.#write(key, quota, quotaStatus(quota, division, listed, clock.now()), signal);
  }

  /** The feeds whose share is another one than before; those that are new come by themselves. */
  #tell(key: string, namespace: string, verdicts: ReadonlyMap<string, string>): void {
    const before = this.#told.get(key);
    if (verdicts.size === 0) this.#told.delete(key);
    else this.#told.set(key, verdicts);
    for (const [name, share] of verdicts)
      if (before?.has(name) === true && before.get(name) !== share)
        this.#options.onShare(`${namespace}/${name}`);
  }

  async #write(
    key: string,
    quota: ApiQuota,
    next: ApiQuotaStatus,
    signal: AbortSignal,
  ): Promise<ReconcileResult> {
    const { client, clock } = this.#options;
    const again = next.feeds === 0 ? undefined : { requeueAfterMs: FIGURES_EVERY_MS };
    if (isDeepStrictEqual(quota.status, next)) return again;
    const sinceMs = clock.monotonic() - (this.#writtenAt.get(key) ?? Number.NEGATIVE_INFINITY);
    if (sinceMs < FIGURES_EVERY_MS && isDeepStrictEqual(withoutFigures(quota.status), withoutFigures(next)))
      return { requeueAfterMs: FIGURES_EVERY_MS - sinceMs };
    await client.update(ApiQuotas, { ...quota, status: next }, { subresource: 'status', signal });
    this.#writtenAt.set(key, clock.monotonic());
    return again;
  }
}

function verdict(share: QuotaShare | undefined): string {
  return share === undefined ? '' : JSON.stringify(share);
}

function withoutFigures(status: ApiQuotaStatus | undefined): unknown {
  return { ...status, shares: status?.shares?.map((share) => ({ ...share, remaining: undefined })) };
}
