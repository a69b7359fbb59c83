/** How long one call may take with all its retries (Databricks' own SDKs use the same budget). */
export const RETRY_BUDGET_MS = 300_000;

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 30_000;
const MAX_JITTER_MS = 1_000;

/** Nobody means more, and a timer of more than 24 days would fire at once. */
const MAX_ASKED_MS = 60 * 60_000;

/** Milliseconds of a `Retry-After` header, which is either seconds or a date; undefined when absent or unreadable. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(header.trim()) ? Number(header) : undefined;
  const asked = seconds === undefined ? Date.parse(header) - now : Math.ceil(seconds * 1_000);
  return Number.isNaN(asked) ? undefined : Math.min(MAX_ASKED_MS, Math.max(0, asked));
}

/** Wait before attempt `attempt + 1` (attempts count from 1): what the server asked for, else exponential; jitter on both. */
export function delayBeforeRetry(attempt: number, asked: number | undefined, random: () => number): number {
  const jitter = random() * MAX_JITTER_MS;
  if (asked !== undefined) return asked + jitter;
  return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1)) * (0.5 + random() / 2) + jitter;
}

/**
 * Whether an answer may be followed by the same request. 429 was not executed; 503 is what Databricks sends for
 * "come back"; both are repeated only where repeating is harmless, except 429, which always is.
 */
export function isRetryableStatus(status: number, repeatable: boolean): boolean {
  if (status === 429) return true;
  return repeatable && (status === 503 || status === 502 || status === 504 || status === 408);
}
