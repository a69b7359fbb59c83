import { durationMs, type HttpSource } from '@tributary/api';

/** A span of time that one run of pages asks for; milliseconds since the epoch, the end not part of it. */
export interface Window {
  from: number;
  to: number;
}

/** Which windows a feed asks for: since the last poll, in steps, and a range of the past beside it. */
export class WindowPlan {
  readonly #start: number | undefined;
  readonly #stepMs: number;
  readonly #lookbackMs: number;
  readonly #backfill: { from: number; to: number; stepMs: number } | undefined;

  constructor({ window, backfill }: Pick<HttpSource, 'window' | 'backfill'>) {
    this.#start = window?.start === undefined ? undefined : Date.parse(window.start);
    this.#stepMs = durationMs(window?.step ?? '1d');
    this.#lookbackMs = window?.lookback === undefined ? 0 : durationMs(window.lookback);
    if (backfill !== undefined) {
      const { from, to, step } = backfill;
      this.#backfill = { from: Date.parse(from), to: Date.parse(to), stepMs: durationMs(step) };
    }
  }

  /**
   * The next window of a poll, given how far the earlier ones reached. One that ends before `now` is full: another follows
   * it in the same poll. `lookback` is for late records, so it is asked for once, where the poll begins.
   */
  live(reached: number | undefined, now: number, first: boolean): { window: Window; full: boolean } {
    const from = reached ?? this.#start ?? now - this.#stepMs;
    const to = Math.min(from + this.#stepMs, now);
    return { window: { from: first ? from - this.#lookbackMs : from, to }, full: to < now };
  }

  /** The next window of the backfill, given how far it has got; undefined when it is done. */
  backfill(reached: number | undefined): Window | undefined {
    if (this.#backfill === undefined) return undefined;
    const { to, stepMs } = this.#backfill;
    // Another range in the spec begins where it says.
    const from = Math.max(reached ?? this.#backfill.from, this.#backfill.from);
    return from < to ? { from, to: Math.min(from + stepMs, to) } : undefined;
  }

  /** Names the range, so that progress in another one does not count for it. */
  get backfillName(): string {
    return this.#backfill === undefined ? '' : `${this.#backfill.from}/${this.#backfill.to}`;
  }
}
