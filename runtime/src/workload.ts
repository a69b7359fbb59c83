import { optimizeAsUsual } from './tiering.ts';

/** Several pages of a small feed: one a minute is done soon enough without an optimising compiler. */
const LITTLE_BYTES = 1024 * 1024;
/** What comes after a longer pause is other work. */
const PAUSE_MS = 10_000;

/**
 * Whether what a pod does is worth compiling for: once it has had more than a little to do without a pause, be it by a large
 * page, by many of them or by polls that follow each other closely.
 */
export class Workload {
  readonly #now: () => number;
  readonly #large: () => void;
  #bytes = 0;
  #lastAt = 0;

  constructor({
    now = () => performance.now(),
    large = optimizeAsUsual,
  }: { now?: () => number; large?: () => void } = {}) {
    this.#now = now;
    this.#large = large;
  }

  /** So much is about to be worked on. */
  add(bytes: number): void {
    const now = this.#now();
    this.#bytes = now - this.#lastAt > PAUSE_MS ? bytes : this.#bytes + bytes;
    this.#lastAt = now;
    if (this.#bytes > LITTLE_BYTES) this.#large();
  }
}
