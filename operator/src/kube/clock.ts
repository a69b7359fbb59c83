/** Time as something passed in, so that a test can move it and nothing here reaches for it. */

/** Undoes a scheduled call; calling it late or twice does nothing. */
export type Cancel = () => void;

export interface Clock {
  /** Wall time in milliseconds since the epoch: for stamps that others read, never for measuring. */
  now(): number;
  /** Milliseconds of a clock that never jumps: for measuring and deadlines. */
  monotonic(): number;
  /** Calls back once after `ms`. */
  schedule(ms: number, callback: () => void): Cancel;
}

/** setTimeout fires at once beyond this, so longer waits are cut to it (24.8 days). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule(ms, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = clock.schedule(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
