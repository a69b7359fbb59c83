/** Time that stands still until a test moves it. */
import type { Cancel, Clock } from '../clock.ts';

interface Timer {
  at: number;
  order: number;
  callback: () => void;
}

export class FakeClock implements Clock {
  #elapsed = 0;
  #wall: number;
  #order = 0;
  #timers = new Set<Timer>();

  constructor(wall = Date.UTC(2026, 0, 1)) {
    this.#wall = wall;
  }

  now(): number {
    return this.#wall + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  schedule(ms: number, callback: () => void): Cancel {
    const timer = { at: this.#elapsed + Math.max(0, ms), order: this.#order++, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Moves on by `ms`, firing what becomes due in its order, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    const until = this.#elapsed + ms;
    await settle();
    for (let timer = this.#next(until); timer !== undefined; timer = this.#next(until)) {
      // After a freeze timers are late; time does not go back for them.
      this.#elapsed = Math.max(this.#elapsed, timer.at);
      this.#timers.delete(timer);
      timer.callback();
      await settle();
    }
    this.#elapsed = until;
    await settle();
  }

  /** As if the process had been frozen: time has passed, and no timer has fired yet. */
  freeze(ms: number): void {
    this.#elapsed += ms;
  }

  /** Somebody sets the wall clock; what is measured does not change. */
  jump(ms: number): void {
    this.#wall += ms;
  }

  #next(until: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > until) continue;
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    }
    return first;
  }
}

/** Lets every promise that can settle without I/O do so. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
