import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeploymentResource, type KubeClient } from '@tributary/operator/kube';
import { ensureToolchain } from '@tributary/local/testing';
import { comparison, type Outcome } from '../measure/comparison.ts';
import { countWrites, difference, total } from './api-writes.ts';
import { controllerRuntime, ourOperator, startBareLoop, type Contender } from './contenders.ts';
import { openArena, type Arena } from './feeds.ts';
import { each, feedName, FEEDS } from './load.ts';
import { recordPlan, type PlanTemplate } from './plan-template.ts';

const REPAIRED = Math.min(100, FEEDS);
const TIMEOUT_MS = 180_000;
const SETTLED_AFTER_MS = 2_000;

interface Operated extends Outcome {
  /** As the API server counted them. */
  readonly writes: number;
  readonly restartSeconds: number;
  readonly restartWrites: number;
  readonly repairSeconds: number;
}

/** Many feeds at once: our operator, one on controller-runtime, and a bare loop of the same writes, each on a new API server. */
export async function run(signal: AbortSignal): Promise<void> {
  const { controllerRuntime: program } = await ensureToolchain(['controller-runtime'], { signal });
  const folder = await mkdtemp(join(tmpdir(), 'tributary-bench-'));
  try {
    console.log(`${cpus().length} × ${cpus()[0]?.model}; ${FEEDS} StreamSources`);
    const only = process.env['BENCH_ONLY'];
    const { template, raw } = await inArena(signal, async (arena) => {
      const recorded = await recordPlan(arena);
      return { template: recorded, raw: await bareLoop(arena, recorded, folder, signal) };
    });
    console.log(`${template.first.length + template.rest.length} planned objects for each\n`);
    const ours = await inArena(signal, (arena) => operated(arena, ourOperator(folder)));
    const peer = controllerRuntime(program, folder, template);
    const theirs = only === undefined ? [await inArena(signal, (arena) => operated(arena, peer))] : [];
    console.log(`\n${report([ours, raw, ...theirs])}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function inArena<T>(signal: AbortSignal, act: (arena: Arena) => Promise<T>): Promise<T> {
  const arena = await openArena(signal);
  try {
    return await act(arena);
  } finally {
    await arena.close();
  }
}

/** What any operator writes, from one loop that looks at nothing: the limit of this API server on this machine. */
async function bareLoop(
  arena: Arena,
  template: PlanTemplate,
  folder: string,
  signal: AbortSignal,
): Promise<Operated> {
  const { world, namespace } = arena;
  const { client } = world;
  const before = await countWrites(client);
  const loop = await startBareLoop(folder, world.kubeconfigPath, namespace, template);
  await loop.until(() => loop.output.includes('ready'), 30_000, signal);
  const startedAt = performance.now();
  loop.child.kill('SIGUSR2');
  await loop.until(() => loop.output.includes('done'), TIMEOUT_MS, signal);
  const seconds = (performance.now() - startedAt) / 1_000;
  const usage = loop.usage();
  await loop.stop();
  const written = difference(await countWrites(client), before);
  say('bare loop', written);
  return {
    name: 'bare loop',
    seconds,
    ...usage,
    writes: total(written),
    restartSeconds: Number.NaN,
    restartWrites: Number.NaN,
    repairSeconds: Number.NaN,
  };
}

async function operated(arena: Arena, making: Promise<Contender>): Promise<Operated> {
  const contender = await making;
  const { world } = arena;
  const { client } = world;
  const before = await countWrites(client);
  let running = await contender.start(world.kubeconfigPath);
  try {
    // Its caches are filled before the first feed comes, and both have then compiled what they run.
    await new Promise((resolve) => setTimeout(resolve, SETTLED_AFTER_MS));
    const startedAt = performance.now();
    await each(FEEDS, (index) => arena.create(index));
    const all = (): boolean => arena.told() === FEEDS;
    await arena.until(all, `${contender.name}: all is told\n${running.process.output}`, TIMEOUT_MS);
    const seconds = (performance.now() - startedAt) / 1_000;
    await new Promise((resolve) => setTimeout(resolve, SETTLED_AFTER_MS));
    const written = difference(await countWrites(client), before);
    say(contender.name, written);
    const repairSeconds = await repaired(arena, client);
    const first = running.process.usage();
    await running.process.stop();
    const untouched = await countWrites(client);
    running = await contender.start(world.kubeconfigPath);
    const restartedAt = performance.now();
    await arena.until(async () => (await running.reconciles()) >= FEEDS, 'all again', TIMEOUT_MS);
    const restartSeconds = (performance.now() - restartedAt) / 1_000;
    await new Promise((resolve) => setTimeout(resolve, SETTLED_AFTER_MS));
    const again = difference(await countWrites(client), untouched);
    if (again.size > 0) say(`${contender.name}, restarted`, again);
    const second = running.process.usage();
    return {
      name: contender.name,
      seconds,
      writes: total(written),
      cpuSeconds: first.cpuSeconds,
      peakRssMb: Math.max(first.peakRssMb, second.peakRssMb),
      restartSeconds,
      restartWrites: total(again),
      repairSeconds,
    };
  } finally {
    await running.process.stop();
  }
}

/** Seconds from the last of a hundred deletions until all are back. */
async function repaired(arena: Arena, client: KubeClient): Promise<number> {
  const before = arena.deployments();
  const deleted = new Set<string>();
  await each(REPAIRED, async (index) => {
    const name = `${feedName(index)}-producer`;
    const old = await client.get(DeploymentResource, name, arena.namespace);
    deleted.add(old?.metadata.uid ?? '');
    await client.delete(DeploymentResource, name, arena.namespace);
  });
  const startedAt = performance.now();
  const back = (): boolean => arena.deployments() === before && arena.deploymentsWithout(deleted) === before;
  await arena.until(back, 'the Deployments are back', 60_000);
  return (performance.now() - startedAt) / 1_000;
}

function say(who: string, counts: ReadonlyMap<string, number>): void {
  const parts = [...counts].toSorted(([, a], [, b]) => b - a).map(([what, count]) => `${count} ${what}`);
  console.log(`${who}: ${parts.join(', ')}`);
}

function report(sides: readonly Operated[]): string {
  const [ours, raw, ...others] = sides;
  if (ours === undefined || raw === undefined) throw new TypeError('two sides are needed');
  return comparison<Operated>(
    [ours, raw, ...others],
    [
      { title: 'feeds/s', of: ({ seconds }) => FEEDS / seconds, digits: 1, ratio: true },
      { title: 'wall s', of: ({ seconds }) => seconds, digits: 1 },
      { title: 'writes', of: ({ writes }) => writes },
      { title: 'writes/feed', of: ({ writes }) => writes / FEEDS, digits: 2 },
      { title: 'CPU s', of: ({ cpuSeconds }) => cpuSeconds, digits: 1, ratio: true },
      { title: `${REPAIRED} back, s`, of: ({ repairSeconds }) => repairSeconds, digits: 2, ratio: true },
      { title: 'restart s', of: ({ restartSeconds }) => restartSeconds, digits: 1, ratio: true },
      { title: 'its writes', of: ({ restartWrites }) => restartWrites },
      { title: 'peak RSS MB', of: ({ peakRssMb }) => peakRssMb, digits: 0, ratio: true },
    ],
  );
}
