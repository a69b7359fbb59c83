import { getHeapStatistics } from 'node:v8';

const LOOK_EVERY_MS = 5_000;
/** Of one core; what probes and polls without news take is far below. */
const QUIET_SHARE = 0.02;
/** A page of a small feed takes no longer than what passes for quiet, and leaves more than this behind. */
const LITTER_BYTES = 1024 * 1024;

type Collect = () => void;

/** Not only what is dead: nurseries shrink, and pages that are free are given back to the system. */
const lastResort: Collect = () => {
  // V8 keeps the text that a pattern was last found in, were it all of a page.
  /.?/.test('');
  const { gc } = globalThis as { gc?: (options: object) => void };
  gc?.({ type: 'major', flavor: 'last-resort' });
};

/**
 * Once after a start, and once after each time of work, what they left behind is collected: V8 does so when it needs room,
 * and an idle pod never does. Does nothing where Node was started without `--expose-gc`.
 */
export function collectWhenQuiet({
  collect = lastResort,
  cpuMs = processCpuMs,
  heldBytes = heapBytes,
  everyMs = LOOK_EVERY_MS,
}: { collect?: Collect; cpuMs?: () => number; heldBytes?: () => number; everyMs?: number } = {}): void {
  let worked = true;
  let before = cpuMs();
  let kept = heldBytes();
  setInterval(() => {
    const now = cpuMs();
    const quiet = now - before < everyMs * QUIET_SHARE;
    before = now;
    if (quiet && (worked || heldBytes() - kept > LITTER_BYTES)) {
      collect();
      kept = heldBytes();
      // To collect a large heap is more than what passes for quiet, and no work.
      before = cpuMs();
    }
    worked = !quiet;
  }, everyMs).unref();
}

function processCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Alive or dead, buffers as well. */
function heapBytes(): number {
  const { used_heap_size: objects, external_memory: buffers } = getHeapStatistics();
  return objects + buffers;
}
