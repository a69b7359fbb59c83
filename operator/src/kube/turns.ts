import { type Clock, systemClock } from './clock.ts';

/** For what should be done by one at a time, so that it costs once, and may be done by two when one of them hangs. */
export class Turns {
  readonly #mostMs: number;
  readonly #clock: Clock;
  /** Settles when the turn that was given out last is over. */
  #last: Promise<void> = Promise.resolve();

  /** After `mostMs` of a turn the next one begins beside it. */
  constructor(mostMs: number, clock: Clock = systemClock) {
    this.#mostMs = mostMs;
    this.#clock = clock;
  }

  /** Does `act` when those who asked before have had their turns; rejects with the signal's reason when it is aborted first. */
  async take<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const before = this.#last;
    const { promise, resolve: over } = Promise.withResolvers<void>();
    this.#last = promise;
    try {
      await unlessAborted(before, signal);
    } catch (error) {
      void before.then(over);
      throw error;
    }
    const cancel = this.#clock.schedule(this.#mostMs, over);
    try {
      return await act();
    } finally {
      cancel();
      over();
    }
  }
}

async function unlessAborted(turn: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await Promise.race([turn, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
