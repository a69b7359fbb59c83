import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureToolchain } from '@tributary/local/testing';
import { comparison } from '../measure/comparison.ts';
import { countWrites, difference, total } from './api-writes.ts';
import { controllerRuntime, ourOperator, startBareLoop } from './contenders.ts';
import { openArena, type Arena } from './feeds.ts';
import { FEEDS } from './load.ts';
import { made, operated, REPAIRED, say, type Operated } from './operated.ts';
import { recordPlan, type PlanTemplate } from './plan-template.ts';
import { judge } from './targets.ts';

/** With `ours`, the peer is left out. */
const ONLY = process.env['BENCH_ONLY'];

/** Many feeds at once: our operator, one on controller-runtime, and a bare loop of the same writes, each on a new API server. */
export async function run(signal: AbortSignal): Promise<void> {
  const { controllerRuntime: program } = await ensureToolchain(['controller-runtime'], { signal });
  const folder = await mkdtemp(join(tmpdir(), 'tributary-bench-'));
  try {
    const template = await inArena(signal, recordPlan);
    const planned = template.first.length + template.rest.length;
    console.log(`${cpus().length} × ${cpus()[0]?.model}; ${FEEDS} StreamSources of ${planned} objects\n`);
    const loop = (): Promise<Operated> =>
      inArena(signal, (arena) => bareLoop(arena, template, folder, signal));
    // Before and after: a machine that is not the same all the time shows.
    const before = await loop();
    const tributary = await ourOperator(folder);
    const ours = await inArena(signal, (arena) => operated(arena, tributary, true));
    const peer = await controllerRuntime(program, folder, template);
    const theirs =
      ONLY === 'ours' ? undefined : await inArena(signal, (arena) => operated(arena, peer, false));
    const after = ONLY === 'ours' ? undefined : await loop();
    const loops = after === undefined ? [before] : [before, after];
    console.log(`\n${report([ours, ...(theirs === undefined ? [] : [theirs]), ...loops])}`);
    console.log(`\n${judge({ ours, theirs, loops, planned })}`);
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

async function bareLoop(
  arena: Arena,
  template: PlanTemplate,
  folder: string,
  signal: AbortSignal,
): Promise<Operated> {
  const { kubeconfigPath, client } = arena.world;
  const before = await countWrites(client);
  const loop = await startBareLoop(folder, kubeconfigPath, arena.namespace, template);
  try {
    await loop.until(() => loop.output.includes('ready'), 60_000, signal);
    loop.child.kill('SIGUSR2');
    const ended = (): boolean => {
      if (loop.child.exitCode !== null) throw new Error(`the bare loop ended: ${loop.output}`);
      return loop.output.includes('done');
    };
    const seconds = await made(arena, () => `the bare loop is done; it said: ${loop.output}`, ended);
    const usage = loop.usage();
    const written = difference(await countWrites(client), before);
    say('the bare loop', written);
    return {
      name: 'the bare loop',
      seconds,
      ...usage,
      writes: total(written),
      repairSeconds: Number.NaN,
      resyncWrites: Number.NaN,
      restartSeconds: Number.NaN,
      restartWrites: Number.NaN,
    };
  } finally {
    await loop.stop();
  }
}

function report([ours, ...others]: readonly Operated[]): string {
  const [first, ...rest] = others;
  if (ours === undefined || first === undefined) throw new TypeError('two sides are needed');
  return comparison<Operated>(
    [ours, first, ...rest],
    [
      { title: 'feeds/s', of: ({ seconds }) => FEEDS / seconds, digits: 1, ratio: true },
      { title: 'wall s', of: ({ seconds }) => seconds, digits: 1 },
      { title: 'writes', of: ({ writes }) => writes },
      { title: 'a feed', of: ({ writes }) => writes / FEEDS, digits: 2 },
      { title: 'CPU s', of: ({ cpuSeconds }) => cpuSeconds, digits: 1, ratio: true },
      { title: `${REPAIRED} back, s`, of: ({ repairSeconds }) => repairSeconds, digits: 2, ratio: true },
      { title: 'restart s', of: ({ restartSeconds }) => restartSeconds, digits: 1, ratio: true },
      { title: 'its writes', of: ({ restartWrites }) => restartWrites },
      { title: 'peak RSS MB', of: ({ peakRssMb }) => peakRssMb, digits: 0, ratio: true },
    ],
  );
}
