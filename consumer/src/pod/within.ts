import type { Clock } from '@tributary/runtime';

/** Waits for work that may hang, but no longer than `ms`; its failure is the caller's. */
export async function within(work: Promise<void>, ms: number, clock: Clock): Promise<void> {
  const late = new AbortController();
  await Promise.race([work, clock.sleep(ms, late.signal).catch(() => undefined)]).finally(() => late.abort());
}
