import { DatabricksUserError, DatabricksWaitError } from '@tributary/databricks';
import type { Clock } from '@tributary/runtime';
import { ConsumerError } from '../errors.ts';
import { OwnDiskError } from '../spool/own-disk-error.ts';

export interface PersistOptions {
  readonly clock: Clock;
  /** Jitter, in [0, 1). */
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Whether an alarm ends it; else a person may repair what it speaks of while it goes on trying. @default true */
  readonly alarmsEnd?: boolean;
  readonly onFailure: (error: unknown, retryInMs: number) => void;
  readonly onSuccess: () => void;
}

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 60_000;
/** A person must act first, or the operator is about to: the volume of a new feed is made while its pods start. */
const MAX_USER_DELAY_MS = 30_000;

/** Repeats until it succeeds: Kafka keeps the data meanwhile. Rejects with the signal's reason, an alarm, or an error of our own disk. */
export async function persist<T>(operation: () => Promise<T>, options: PersistOptions): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    options.signal.throwIfAborted();
    try {
      const result = await operation();
      options.onSuccess();
      return result;
    } catch (error) {
      options.signal.throwIfAborted();
      if (error instanceof OwnDiskError) throw error;
      const delay = delayAfter(error, attempt, options.random());
      options.onFailure(error, delay);
      if (error instanceof ConsumerError && options.alarmsEnd !== false) throw error;
      await options.clock.sleep(delay, options.signal);
    }
  }
}

function delayAfter(error: unknown, attempt: number, jitter: number): number {
  if (error instanceof DatabricksWaitError) return error.retryAfterMs + jitter * 1_000;
  const forUser = error instanceof DatabricksUserError || error instanceof ConsumerError;
  return backOffMs(attempt, jitter, forUser ? MAX_USER_DELAY_MS : MAX_DELAY_MS);
}

/** Before the next attempt, after so many: twice as long each time, up to `most`, and a quarter more or less of it. */
export function backOffMs(attempt: number, jitter: number, most = MAX_DELAY_MS): number {
  return Math.min(most, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 10)) * (0.75 + jitter / 2);
}
