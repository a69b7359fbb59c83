import { DeploymentResource } from '@tributary/operator/kube';
import { Kafkas } from '../../../operator/src/plan/index.ts';
import type { Outcome } from '../measure/comparison.ts';
import { countWrites, difference, total } from './api-writes.ts';
import type { Contender, Running } from './contenders.ts';
import type { Arena } from './feeds.ts';
import { each, feedName, FEEDS } from './load.ts';

export const REPAIRED = Math.min(100, FEEDS);
export const TIMEOUT_MS = 900_000;
const SETTLED_AFTER_MS = 2_000;
/** Each look is work for the one that is looked at. */
const ASK_EVERY_MS = 250;

/** A figure that a side has not is NaN. */
export interface Operated extends Outcome {
  /** As the API server counted them. */
  readonly writes: number;
  /** Until the last of those that were deleted was back, from its own deletion. */
  readonly repairSeconds: number;
  readonly resyncWrites: number;
  readonly restartSeconds: number;
  readonly restartWrites: number;
}

/** An operator from the first feed to a restart. */
export async function operated(arena: Arena, contender: Contender, resyncs: boolean): Promise<Operated> {
  const { name } = contender;
  const { client, kubeconfigPath } = arena.world;
  const before = await countWrites(client);
  const first = await contender.start(kubeconfigPath);
  let result: Omit<Operated, 'restartSeconds' | 'restartWrites' | 'peakRssMb'>;
  let peakRssMb: number;
  try {
    await arena.until(async () => (await first.reconciles()) !== undefined, whatOf(first), 60_000);
    // Its caches are filled before the first feed comes, and both have then compiled what they run.
    await settled();
    const seconds = await made(arena, whatOf(first));
    const { cpuSeconds } = first.process.usage();
    await settled();
    const written = difference(await countWrites(client), before);
    say(name, written);
    const repairSeconds = await repaired(arena);
    const resyncWrites = resyncs ? await resynced(arena, first) : Number.NaN;
    result = { name, seconds, cpuSeconds, writes: total(written), repairSeconds, resyncWrites };
    peakRssMb = first.process.usage().peakRssMb;
  } finally {
    await first.process.stop();
  }
  const again = await restarted(arena, contender);
  return { ...result, ...again, peakRssMb: Math.max(peakRssMb, again.peakRssMb) };
}

/** Seconds from the first feed to the last status. */
export async function made(
  arena: Arena,
  what: () => string,
  done = () => arena.told() === FEEDS,
): Promise<number> {
  const startedAt = performance.now();
  await each(FEEDS, (index) => arena.create(index));
  await arena.until(done, what, TIMEOUT_MS);
  return (performance.now() - startedAt) / 1_000;
}

async function repaired({ world, namespace, deploymentMadeAt, until }: Arena): Promise<number> {
  const { client } = world;
  const deletedAt = new Map<string, number>();
  await each(REPAIRED, async (index) => {
    const name = `${feedName(index)}-producer`;
    deletedAt.set(name, performance.now());
    await client.delete(DeploymentResource, name, namespace);
  });
  const waits = (): number[] => [...deletedAt].map(([name, at]) => (deploymentMadeAt(name) ?? 0) - at);
  await until(
    () => waits().every((ms) => ms > 0),
    () => 'the Deployments are back',
    60_000,
  );
  return Math.max(...waits()) / 1_000;
}

/** Every feed is looked at again, as it is after ten minutes of nothing: by a Kafka that changes in nothing that matters. */
async function resynced({ world: { client }, until }: Arena, running: Running): Promise<number> {
  const before = await countWrites(client);
  const reconciles = (await running.reconciles()) ?? 0;
  const metadata = { annotations: { 'bench.tributary.dev/touched': 'true' } };
  await client.mergePatch(Kafkas, 'plant', 'kafka', { metadata });
  const all = async (): Promise<boolean> => ((await running.reconciles()) ?? 0) >= reconciles + FEEDS;
  await until(all, whatOf(running), TIMEOUT_MS, ASK_EVERY_MS);
  await settled();
  return writesSince(`${running.name}, looking again`, before, await countWrites(client));
}

async function restarted(
  { world: { client, kubeconfigPath }, until }: Arena,
  contender: Contender,
): Promise<Pick<Operated, 'restartSeconds' | 'restartWrites' | 'peakRssMb'>> {
  const before = await countWrites(client);
  const running = await contender.start(kubeconfigPath);
  try {
    const all = async (): Promise<boolean> => ((await running.reconciles()) ?? 0) >= FEEDS;
    await until(all, whatOf(running), TIMEOUT_MS, ASK_EVERY_MS);
    const restartSeconds = running.process.seconds;
    await settled();
    const restartWrites = writesSince(`${running.name}, restarted`, before, await countWrites(client));
    return { restartSeconds, restartWrites, peakRssMb: running.process.usage().peakRssMb };
  } finally {
    await running.process.stop();
  }
}

function writesSince(who: string, before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>) {
  const written = difference(after, before);
  if (written.size > 0) say(who, written);
  return total(written);
}

export function say(who: string, counts: ReadonlyMap<string, number>): void {
  const parts = [...counts].toSorted(([, a], [, b]) => b - a).map(([what, count]) => `${count} ${what}`);
  console.log(`${who}: ${parts.join(', ')}`);
}

/** With the end of what it wrote by then. */
function whatOf({ name, process }: Running): () => string {
  return () => `${name} is done; it said:\n${process.output}`;
}

function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLED_AFTER_MS));
}
