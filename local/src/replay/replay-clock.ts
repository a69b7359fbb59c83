/**
 * How much of a data set has happened yet: all but the last `live` items at first, then one more each `tickMs` of real time.
 * It starts at the first look, so that a slow start of the rest takes nothing away from what is seen live.
 */
export class ReplayClock {
  readonly #total: number;
  readonly #live: number;
  readonly #tickMs: number;
  readonly #now: () => number;
  #startedAt: number | undefined;

  constructor({
    total,
    live,
    tickMs,
    now = Date.now,
  }: {
    total: number;
    live: number;
    tickMs: number;
    now?: () => number;
  }) {
    this.#total = total;
    this.#live = Math.min(live, total);
    this.#tickMs = tickMs;
    this.#now = now;
  }

  /** Items that have happened. */
  visible(): number {
    this.#startedAt ??= this.#now();
    const ticks = Math.floor((this.#now() - this.#startedAt) / this.#tickMs);
    return Math.min(this.#total, this.#total - this.#live + ticks);
  }

  get total(): number {
    return this.#total;
  }
}
