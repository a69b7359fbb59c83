/**
 * Leader election by a Lease, with client-go's rules and times: who holds the Lease renews it; others take it over when
 * they have seen it unchanged for its whole duration, by their own clock; a leader that cannot renew in time steps down
 * before anyone can take over.
 */
import type { Random } from './backoff.ts';
import { type Clock, sleep, systemClock } from './clock.ts';
import { KubeApiError } from './errors.ts';
import type { Lease } from './kinds.ts';
import { type KubeLog, silentLog } from './log.ts';
import { type KubeMetrics, noMetrics } from './metrics.ts';
import { LeaseResource } from './resources.ts';
import type { KubeClient } from './types.ts';

export interface ElectorOptions {
  client: Pick<KubeClient, 'get' | 'create' | 'update'>;
  namespace: string;
  /** Of the Lease. */
  name: string;
  /** Unique to this process: the pod's name and something random. */
  identity: string;
  /** @default 15 s */
  leaseDurationMs?: number;
  /** A leader that has not renewed for so long steps down; less than `leaseDurationMs`. @default 10 s */
  renewDeadlineMs?: number;
  /** Between two tries. @default 2 s */
  retryPeriodMs?: number;
  /** Told of each leader that is seen, this process included. */
  onLeader?: (identity: string) => void;
  clock?: Clock;
  random?: Random;
  log?: KubeLog;
  metrics?: KubeMetrics;
}

/** While it lasts, this process leads. */
export interface Leadership {
  /** Aborted when leadership is lost, with a LeadershipLostError, or when the elector is stopped. */
  readonly signal: AbortSignal;
  /**
   * Throws a LeadershipLostError when the lease may have passed to another: asked before every write, since a process
   * that was frozen past its lease wakes up in the middle of what it did, before any timer fires.
   */
  assertHeld(): void;
}

export class LeadershipLostError extends Error {
  override readonly name = 'LeadershipLostError';
}

type LeaseSpec = NonNullable<Lease['spec']>;

/** Jitter on the tries of those who wait: between 1 and 1.5 periods. client-go's 1.2 would leave 0.6 s of our 20 s. */
const WAIT_JITTER = 0.5;
const RELEASE_TIMEOUT_MS = 5_000;

export class Elector {
  readonly #options: ElectorOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: KubeLog;
  readonly #metrics: KubeMetrics;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #retryPeriodMs: number;
  #observed: Lease | undefined;
  /** Monotonic: when `#observed` was first seen as it is. */
  #observedAt = 0;
  /** Monotonic: when the last renewal that succeeded was sent. */
  #renewedAt = 0;
  #leader: string | undefined;

  constructor(options: ElectorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#log = options.log ?? silentLog;
    this.#metrics = options.metrics ?? noMetrics;
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryPeriodMs = options.retryPeriodMs ?? 2_000;
    if (this.#leaseDurationMs <= this.#renewDeadlineMs || this.#renewDeadlineMs <= this.#retryPeriodMs) {
      throw new RangeError('lease duration > renew deadline > retry period is needed');
    }
  }

  /** Who led when the Lease was last seen. */
  get leader(): string | undefined {
    return this.#leader;
  }

  /**
   * Waits until this process leads, then calls `lead` once. Resolves after `signal` is aborted (or `lead` returns), with
   * the Lease released; rejects with LeadershipLostError when leadership is lost, after `lead` has ended: exit then.
   */
  async run(signal: AbortSignal, lead: (leadership: Leadership) => Promise<void>): Promise<void> {
    this.#metrics.leader(this.#options.name, false);
    if (!(await this.#acquire(signal))) return;
    this.#log.info({ lease: this.#options.name, identity: this.#options.identity }, 'leading');
    this.#metrics.leader(this.#options.name, true);
    const held = new AbortController();
    const stop = () => held.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const renewing = new AbortController();
    const renewal = this.#keepRenewing(held, renewing.signal);
    try {
      await lead({ signal: held.signal, assertHeld: () => this.#assertHeld(held) });
    } catch (error) {
      if (!held.signal.aborted) throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      // Renewed until `lead` has ended: what it still writes while it stops is written as leader.
      renewing.abort();
      await renewal;
      this.#metrics.leader(this.#options.name, false);
      if (!(held.signal.reason instanceof LeadershipLostError)) await this.#release();
    }
    if (held.signal.reason instanceof LeadershipLostError) throw held.signal.reason;
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (await this.#tryWithin(this.#renewDeadlineMs, signal)) return true;
      const waitMs = this.#retryPeriodMs * (1 + WAIT_JITTER * this.#random());
      await sleep(this.#clock, waitMs, signal).catch(() => undefined);
    }
    return false;
  }

  async #keepRenewing(held: AbortController, stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      await sleep(this.#clock, this.#retryPeriodMs, stop).catch(() => undefined);
      if (stop.aborted) return;
      // One more try may not outlast the deadline.
      const leftMs = this.#renewedAt + this.#renewDeadlineMs - this.#clock.monotonic();
      if ((leftMs > 0 && (await this.#tryWithin(leftMs, stop))) || stop.aborted) continue;
      const another = this.#leader !== undefined && this.#leader !== this.#options.identity;
      if (!another && this.#clock.monotonic() < this.#renewedAt + this.#renewDeadlineMs) continue;
      const why = another
        ? `the lease passed to ${this.#leader}`
        : `not renewed for ${this.#renewDeadlineMs} ms`;
      const { name: lease, identity } = this.#options;
      this.#log.error({ lease, identity }, `leadership lost: ${why}`);
      held.abort(new LeadershipLostError(why));
      return;
    }
  }

  async #tryWithin(ms: number, stop: AbortSignal): Promise<boolean> {
    const limit = new AbortController();
    const abort = () => limit.abort(new Error('no answer about the lease in time'));
    const cancel = this.#clock.schedule(ms, abort);
    stop.addEventListener('abort', abort, { once: true });
    try {
      return await this.#tryAcquireOrRenew(limit.signal);
    } finally {
      cancel();
      stop.removeEventListener('abort', abort);
    }
  }

  #assertHeld(held: AbortController): void {
    if (held.signal.reason instanceof LeadershipLostError) throw held.signal.reason;
    const sinceMs = this.#clock.monotonic() - this.#renewedAt;
    if (sinceMs <= this.#renewDeadlineMs) return;
    const error = new LeadershipLostError(`not renewed for ${Math.round(sinceMs)} ms`);
    held.abort(error);
    throw error;
  }

  /** True when the Lease is ours afterwards. Failures are logged and false. */
  async #tryAcquireOrRenew(signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name, identity } = this.#options;
    const sentAt = this.#clock.monotonic();
    try {
      const lease = await client.get(LeaseResource, name, namespace, signal);
      if (lease === undefined) {
        const made = await client.create(LeaseResource, this.#leaseObject(this.#claim(undefined)), {
          signal,
        });
        return this.#won(made, sentAt);
      }
      this.#observe(lease);
      const holder = lease.spec?.holderIdentity ?? '';
      if (holder !== '' && holder !== identity && !this.#isExpired(lease)) return false;
      const claimed = this.#leaseObject(this.#claim(lease.spec), lease);
      // The resource version of what was read is the precondition: of two who try, one gets a conflict.
      return this.#won(await client.update(LeaseResource, claimed, { signal }), sentAt);
    } catch (error) {
      const raced = error instanceof KubeApiError && error.code === 409;
      const fields = { err: error, lease: name, identity };
      if (raced) this.#log.debug(fields, 'another was faster at the lease');
      else this.#log.warn(fields, 'cannot read or write the lease');
      return false;
    }
  }

  #won(lease: Lease, sentAt: number): boolean {
    this.#observe(lease);
    this.#renewedAt = sentAt;
    return true;
  }

  #observe(lease: Lease): void {
    if (this.#observed?.metadata.resourceVersion !== lease.metadata.resourceVersion) {
      this.#observed = lease;
      this.#observedAt = this.#clock.monotonic();
    }
    const holder = lease.spec?.holderIdentity ?? '';
    if (holder === (this.#leader ?? '')) return;
    this.#leader = holder === '' ? undefined : holder;
    if (this.#leader !== undefined) this.#options.onLeader?.(this.#leader);
  }

  /** By our own clock since we saw it change: the times written in the Lease are another machine's. */
  #isExpired(lease: Lease): boolean {
    const durationMs = (lease.spec?.leaseDurationSeconds ?? this.#leaseDurationMs / 1000) * 1000;
    return this.#clock.monotonic() > this.#observedAt + durationMs;
  }

  #claim(old: LeaseSpec | undefined): LeaseSpec {
    const now = microTime(this.#clock.now());
    const same = old?.holderIdentity === this.#options.identity;
    return {
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: Math.max(1, Math.ceil(this.#leaseDurationMs / 1000)),
      acquireTime: same && old.acquireTime !== undefined ? old.acquireTime : now,
      renewTime: now,
      leaseTransitions: (old?.leaseTransitions ?? 0) + (old === undefined || same ? 0 : 1),
    };
  }

  #leaseObject(spec: LeaseSpec, lease?: Lease): Lease {
    const { namespace, name } = this.#options;
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: lease?.metadata ?? { name, namespace },
      spec,
    };
  }

  /** Lets the next one lead at once instead of after the whole duration. */
  async #release(): Promise<void> {
    const { client, identity, name } = this.#options;
    const lease = this.#observed;
    if (lease?.spec?.holderIdentity !== identity) return;
    const now = microTime(this.#clock.now());
    const spec: LeaseSpec = {
      holderIdentity: '',
      leaseDurationSeconds: 1,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: lease.spec.leaseTransitions ?? 0,
    };
    const limit = new AbortController();
    const cancel = this.#clock.schedule(RELEASE_TIMEOUT_MS, () =>
      limit.abort(new Error('release timed out')),
    );
    try {
      await client.update(LeaseResource, this.#leaseObject(spec, lease), { signal: limit.signal });
      this.#log.info({ lease: name, identity }, 'released the lease');
    } catch (error) {
      this.#log.warn({ err: error, lease: name, identity }, 'cannot release the lease: it will expire');
    } finally {
      cancel();
    }
  }
}

/** RFC 3339 with six digits: the API server refuses a MicroTime with fewer. */
export function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.(\d{3})Z$/, '.$1000Z');
}
