import type { Watchdog } from '@tributary/runtime';
import { sleep, systemClock, type Clock } from './kube/index.ts';

const LOOK_EVERY_MS = 5_000;
/** The liveness probe fails when nobody has looked, or nothing was well, for so long. */
const LOOK_WITHIN_MS = 60_000;

/** A key that a worker does not get done with, or an event loop that stands, makes the pod unhealthy. */
export async function watchLoops(
  operator: { stuck(): string[] },
  watchdog: Watchdog,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Promise<void> {
  while (!signal.aborted) {
    if (operator.stuck().length === 0) watchdog.progress('reconcile', LOOK_WITHIN_MS);
    // Aborting ends the wait; the loop sees the signal.
    await sleep(clock, LOOK_EVERY_MS, signal).catch(() => undefined);
  }
  watchdog.done('reconcile');
}
