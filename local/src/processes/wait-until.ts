import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from './error-code.ts';

export type WaitOptions = {
  /** What is awaited, for the error: "kube-apiserver to be ready". */
  what: string;
  timeoutMs: number;
  /** @default 50 */
  intervalMs?: number;
  signal?: AbortSignal | undefined;
};

/** The condition did not come true in time; `cause` is the last error it threw, if it threw. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
  readonly code = 'WaitTimeout';
}

/**
 * Asks `condition` again and again until it returns something other than `undefined` and `false`.
 * A condition that throws counts as not yet true. Rejects with the signal's reason when aborted.
 */
export async function waitUntil<T>(
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  options: WaitOptions,
): Promise<T> {
  const { what, timeoutMs, intervalMs = 50, signal } = options;
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const value = await condition();
      if (value !== undefined && value !== false) return value;
      lastError = undefined;
    } catch (error) {
      if (error instanceof FatalWaitError) throw error;
      lastError = error;
    }
    if (performance.now() >= deadline) {
      const why = lastError === undefined ? '' : `: ${messageOf(lastError)}`;
      throw new WaitTimeoutError(`waited ${Math.round(timeoutMs / 1000)} s for ${what}${why}`, {
        cause: lastError,
      });
    }
    await sleep(intervalMs, undefined, signal ? { signal } : {}).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
  }
}

/** Thrown by a condition that can no longer come true, so that nobody waits for the timeout. */
export class FatalWaitError extends Error {
  override readonly name: string = 'FatalWaitError';
}
