import { feedSpec } from '../../../operator/src/reconcile/testing/world.ts';
import type { StreamSource } from '../../../operator/src/status/index.ts';

/** Turns of each contender; with one, all feeds come at once. More show what a machine does meanwhile. */
export const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 1);
/** Feeds of one turn. */
export const BATCH = Math.ceil(Number(process.env['BENCH_FEEDS'] ?? 1_000) / ROUNDS);
/** Of each contender, when all rounds are over. */
export const FEEDS = ROUNDS * BATCH;
/** Requests that each contender, and the driver, have under way at once. */
export const AT_ONCE = 16;
/** On the disk, so that no workspace is spoken to. */
const SPEC = feedSpec({ databricks: undefined, storage: { size: '1Gi' } });

export function feedName(index: number): string {
  return `feed-${String(index).padStart(4, '0')}`;
}

export function feedOf(namespace: string, name: string): StreamSource {
  return {
    apiVersion: 'tributary.dev/v1alpha1',
    kind: 'StreamSource',
    metadata: { name, namespace },
    spec: SPEC,
  };
}

/** Does it for 0 to `count` - 1, a few at a time. */
export async function each(count: number, act: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
