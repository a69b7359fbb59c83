import type { Clock } from './clock.ts';

export interface RateLimitOptions {
  /** That many may go at once after a rest. */
  burst: number;
  /** And that many a second for ever. */
  perSecond: number;
}

/** Spreads what would come all at once. */
export class RateLimit {
  readonly #everyMs: number;
  readonly #aheadMs: number;
  readonly #clock: Clock;
  /** When the next one may go, had there never been a rest. */
  #nextAt = 0;

  constructor({ burst, perSecond }: RateLimitOptions, clock: Clock) {
    this.#everyMs = 1_000 / perSecond;
    this.#aheadMs = (burst - 1) * this.#everyMs;
    this.#clock = clock;
  }

  /** Takes the next place. Returns the milliseconds until then. */
  reserve(): number {
    const now = this.#clock.monotonic();
    const at = Math.max(this.#nextAt, now);
    this.#nextAt = at + this.#everyMs;
    return Math.max(0, at - this.#aheadMs - now);
  }
}
