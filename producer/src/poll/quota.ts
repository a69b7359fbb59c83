import type { ProducerConfig } from '@tributary/api';
import type { TransactionalPublisher } from '@tributary/kafka';
import type { Clock } from '@tributary/runtime';
import { stateRecord } from '../dedupe/feed-state.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { QuotaLedger } from './quota-ledger.ts';

/** Between two pages this much is waited for; a longer wait ends the poll, to be resumed at its page. */
const SHORT_MS = 5_000;

/** What the provider's limits still admit, kept in `.state` so that no restart goes beyond them. */
export class Quota {
  readonly #config: ProducerConfig;
  readonly #limits: ConstructorParameters<typeof QuotaLedger>[0];
  readonly #publisher: TransactionalPublisher;
  readonly #clock: Clock;
  #ledger: QuotaLedger;

  constructor(options: {
    config: ProducerConfig;
    limits: ConstructorParameters<typeof QuotaLedger>[0];
    publisher: TransactionalPublisher;
    clock: Clock;
  }) {
    this.#config = options.config;
    this.#limits = options.limits;
    this.#publisher = options.publisher;
    this.#clock = options.clock;
    this.#ledger = this.#restored(undefined);
  }

  /** Goes on from what an earlier process has committed. */
  restore(saved: string | undefined): void {
    this.#ledger = this.#restored(saved);
  }

  remaining(): number | undefined {
    return this.#ledger.remaining(this.#clock.now());
  }

  /** Milliseconds until a request is admitted. */
  waitMs(): number {
    return this.#ledger.waitMs(this.#clock.now());
  }

  get lastRequestAt(): number | undefined {
    return this.#ledger.last;
  }

  /** Whether at least half of every period is left: what is not urgent may have some of it. */
  get ample(): boolean {
    const remaining = this.remaining();
    const tightest = Math.min(...this.#limits.map(({ requests }) => requests));
    return remaining === undefined || remaining > tightest / 2;
  }

  /** Commits the request before it is sent: a crash in between costs a request, never a limit (Delivery 1). */
  async spend(signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    const waitMs = this.#ledger.waitMs(now);
    if (waitMs > SHORT_MS) {
      const paused = this.#ledger.pausedMs(now) === waitMs;
      const [code, message] = paused
        ? (['RateLimited', 'the API has said to wait'] as const)
        : (['QuotaExhausted', 'the limits of the source are used up'] as const);
      throw new UpstreamError(code, message, { retryAfterMs: waitMs });
    }
    if (waitMs > 0) await this.#clock.sleep(waitMs, signal);
    if (this.#limits.length === 0) return;
    this.#ledger.spend(this.#clock.now());
    await this.#commit(signal);
  }

  /** The API has said to ask nothing for so long. What is short enough to wait for is not worth a record. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    this.#ledger.pause(this.#clock.now() + ms);
    if (ms > SHORT_MS) await this.#commit(signal);
  }

  /** The provider says that the day's quota is gone, whatever our own count says: it is back when the day is over. */
  untilReset(error: UpstreamError): UpstreamError {
    const resetMs = this.#ledger.msToReset(this.#clock.now());
    return resetMs === undefined
      ? error
      : new UpstreamError(error.code, error.message, { cause: error, retryAfterMs: resetMs });
  }

  #restored(saved: string | undefined): QuotaLedger {
    return new QuotaLedger(this.#limits, saved, this.#config.phase);
  }

  /** Let finish once it is begun: pages are handed over behind it, and given up it would take them along. */
  async #commit(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const record = stateRecord.quota(this.#config.kafka.stateTopic, JSON.stringify(this.#ledger));
    await this.#publisher.publish([record]);
    signal.throwIfAborted();
  }
}
