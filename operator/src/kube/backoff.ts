/** How long to wait before trying again. Pure: randomness comes in, milliseconds go out. */

/** A number in [0, 1), as Math.random gives. */
export type Random = () => number;

export interface BackoffOptions {
  /** The first wait, in milliseconds. */
  baseMs: number;
  /** No wait is longer than this (before jitter is taken off). */
  maxMs: number;
  /** @default 2 */
  factor?: number;
  /** The share of a wait that is random, 0 to 1: the wait is in [(1 - jitter) * d, d]. @default 0 */
  jitter?: number;
}

/** The wait before try number `failures + 1`; `failures` counts from 0. */
export function backoffMs(failures: number, options: BackoffOptions, random: Random): number {
  const { baseMs, maxMs, factor = 2, jitter = 0 } = options;
  // Past a few hundred failures the power overflows to Infinity, which Math.min turns into maxMs.
  const full = Math.min(maxMs, baseMs * factor ** Math.max(0, failures));
  return full - full * jitter * random();
}

/** Counts failures and says how long to wait; `reset` after a success. */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: Random;
  #failures = 0;

  constructor(options: BackoffOptions, random: Random = Math.random) {
    this.#options = options;
    this.#random = random;
  }

  get failures(): number {
    return this.#failures;
  }

  next(): number {
    return backoffMs(this.#failures++, this.#options, this.#random);
  }

  reset(): void {
    this.#failures = 0;
  }
}
