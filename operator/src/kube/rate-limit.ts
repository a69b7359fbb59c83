import type { Clock } from './clock.ts';

export interface RateLimitOptions {
  /** That many may go at once after a rest. */
  burst: number;
  /** And one more after each of these. */
  everyMs: number;
}

/** Spreads, or cuts short, what would come all at once. */
export class RateLimit {
  readonly #everyMs: number;
  readonly #aheadMs: number;
  readonly #clock: Clock;
  /** When the next one may go, had there never been a rest. */
  #nextAt = 0;

  constructor({ burst, everyMs }: RateLimitOptions, clock: Clock) {
    this.#everyMs = everyMs;
    this.#aheadMs = (burst - 1) * everyMs;
    this.#clock = clock;
  }

  /** Takes the next place. Returns the milliseconds until then. */
  reserve(): number {
    const now = this.#clock.monotonic();
    const at = Math.max(this.#nextAt, now);
    this.#nextAt = at + this.#everyMs;
    return Math.max(0, at - this.#aheadMs - now);
  }

  /** Takes the next place if it is free already. */
  tryTake(): boolean {
    const free = this.#nextAt - this.#aheadMs <= this.#clock.monotonic();
    if (free) this.reserve();
    return free;
  }
}
