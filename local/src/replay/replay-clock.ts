import type { Memory } from './replay-memory.ts';

/**
 * The time of a data set, passing faster than ours: it stands at `from` until the first look (a slow start of the rest
 * takes nothing away from what is seen live), reaches `to` after `liveMs` of real time, and stays there.
 */
export class ReplayClock {
  readonly #from: number;
  readonly #to: number;
  readonly #liveMs: number;
  readonly #now: () => number;
  readonly #memory: Pick<Memory, 'passed'>;
  #startedAt: number | undefined;

  /** `from` and `to` in milliseconds since the epoch; `memory` is where it goes on, and is kept up to date. */
  constructor({
    from,
    to,
    liveMs,
    memory = { passed: 0 },
    now = () => performance.now(),
  }: {
    from: number;
    to: number;
    liveMs: number;
    memory?: Pick<Memory, 'passed'>;
    now?: () => number;
  }) {
    this.#from = from;
    this.#to = to;
    this.#liveMs = liveMs;
    this.#memory = memory;
    this.#now = now;
  }

  /** Replayed time, in milliseconds since the epoch. */
  now(): number {
    this.#startedAt ??= this.#now() - this.#memory.passed * this.#liveMs;
    this.#memory.passed = Math.min(1, (this.#now() - this.#startedAt) / this.#liveMs);
    return Math.round(this.#from + this.#memory.passed * (this.#to - this.#from));
  }

  /** Whether everything had happened at the last look. */
  get ended(): boolean {
    return this.#memory.passed >= 1;
  }

  /** Where the live part begins, in milliseconds since the epoch. */
  get from(): number {
    return this.#from;
  }

  /** Replayed milliseconds in one of ours. */
  get rate(): number {
    return (this.#to - this.#from) / this.#liveMs;
  }
}
