import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureToolchain } from '@tributary/local/testing';
import { comparison } from '../measure/comparison.ts';
import { median, verdicts } from '../measure/targets.ts';
import { controllerRuntime, ourOperator } from './contenders.ts';
import { openArena, type Arena } from './feeds.ts';
import { BATCH, FEEDS, ROUNDS } from './load.ts';
import { bareLoopSide, operatedSide, REPAIRED, type Operated, type Side, type Turn } from './operated.ts';
import { recordPlan } from './plan-template.ts';
import { ofLimit, targetsOf } from './targets.ts';

/** With `ours`, the peer is left out. */
const ONLY = process.env['BENCH_ONLY'];

/**
 * Many feeds: our operator, one on controller-runtime, and a bare loop of the same writes, each on an API server of its own.
 * They take turns, the loop before and after each of the others: what a machine does meanwhile then shows in neighbours alike.
 */
export async function run(signal: AbortSignal): Promise<void> {
  const { controllerRuntime: program } = await ensureToolchain(['controller-runtime'], { signal });
  await using opened = new AsyncDisposableStack();
  const folder = opened.adopt(await mkdtemp(join(tmpdir(), 'tributary-bench-')), (path) =>
    rm(path, { recursive: true, force: true }),
  );
  const arena = async (): Promise<Arena> => opened.adopt(await openArena(signal), (each) => each.close());
  const side = async (starting: Promise<Side>): Promise<Side> =>
    opened.adopt(await starting, (each) => each.stop());
  const template = await recorded(signal);
  const planned = template.first.length + template.rest.length;
  console.log(`${cpus().length} × ${cpus()[0]?.model}; ${FEEDS} StreamSources of ${planned} objects\n`);
  const tributary = await ourOperator(folder);
  const peer = await controllerRuntime(program, folder, template);
  const loop = await side(bareLoopSide(await arena(), template, folder, signal));
  const sides = [await side(operatedSide(await arena(), tributary, true))];
  if (ONLY !== 'ours') sides.push(await side(operatedSide(await arena(), peer, false)));
  const turns = await inTurns(loop, sides);
  const [ours, theirs] = await ended(sides, turns);
  if (ours === undefined) throw new TypeError('ours is the first side');
  const limit = await loop.end([]);
  console.log(`\n${report(theirs === undefined ? [ours, limit] : [ours, theirs, limit])}`);
  console.log(`\n${verdicts(targetsOf({ ours, theirs, planned }))}`);
}

async function recorded(signal: AbortSignal) {
  const arena = await openArena(signal);
  try {
    return await recordPlan(arena);
  } finally {
    await arena.close();
  }
}

/** The turns of each side. */
async function inTurns(loop: Side, sides: readonly Side[]): Promise<Turn[][]> {
  const turns: Turn[][] = sides.map(() => []);
  let before = await loop.make();
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const [index, side] of sides.entries()) {
      const seconds = await side.make();
      const after = await loop.make();
      turns[index]?.push({ seconds, limits: { before, after } });
      before = after;
    }
    const times = turns.map((of) => {
      const { seconds, limits } = of.at(-1) as Turn;
      return `${seconds.toFixed(1)} s between ${limits.before.toFixed(1)} s and ${limits.after.toFixed(1)} s of the loop`;
    });
    console.log(`round ${round}, ${BATCH} feeds: ${times.join('; ')}`);
  }
  return turns;
}

/** One after the other: each has the machine alone. */
async function ended(sides: readonly Side[], turns: readonly Turn[][]): Promise<Operated[]> {
  const results: Operated[] = [];
  for (const [index, side] of sides.entries()) results.push(await side.end(turns[index] ?? []));
  return results;
}

function report(sides: readonly [Operated, Operated, ...Operated[]]): string {
  return comparison<Operated>(sides, [
    { title: 'feeds/s', of: ({ feeds, seconds }) => feeds / seconds, digits: 1, ratio: true },
    { title: 'of the limit', of: ({ turns }) => median(turns.map(ofLimit)), digits: 2 },
    { title: 'feeds', of: ({ feeds }) => feeds },
    { title: 'wall s', of: ({ seconds }) => seconds, digits: 1 },
    { title: 'writes a feed', of: ({ feeds, writes }) => writes / feeds, digits: 2 },
    {
      title: 'CPU ms a feed',
      of: ({ feeds, cpuSeconds }) => (cpuSeconds * 1_000) / feeds,
      digits: 1,
      ratio: true,
    },
    { title: `${REPAIRED} back, s`, of: ({ repairSeconds }) => repairSeconds, digits: 2, ratio: true },
    { title: 'restart s', of: ({ restartSeconds }) => restartSeconds, digits: 1, ratio: true },
    { title: 'its writes', of: ({ restartWrites }) => restartWrites },
    { title: 'peak RSS MB', of: ({ peakRssMb }) => peakRssMb, digits: 0, ratio: true },
  ]);
}
