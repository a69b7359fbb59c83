import { DeploymentResource } from '@tributary/operator/kube';
import { Kafkas } from '../../../operator/src/plan/index.ts';
import type { Outcome } from '../measure/comparison.ts';
import { countWrites, difference, total } from './api-writes.ts';
import type { MeasuredProcess } from '../measure/measured-process.ts';
import { startBareLoop, type Contender, type Running } from './contenders.ts';
import type { Arena } from './feeds.ts';
import { BATCH, each, feedName, FEEDS } from './load.ts';
import type { PlanTemplate } from './plan-template.ts';

export const REPAIRED = Math.min(100, BATCH);
const TIMEOUT_MS = 900_000;
const SETTLED_AFTER_MS = 2_000;
/** Each look is work for the one that is looked at. */
const ASK_EVERY_MS = 250;

/** Seconds of one batch of feeds, and those of the bare loop for as many just before and just after. */
export interface Turn {
  readonly seconds: number;
  readonly limits: { readonly before: number; readonly after: number };
}

/** A figure that a side has not is NaN. */
export interface Operated extends Outcome {
  readonly feeds: number;
  /** Of the bare loop there are none. */
  readonly turns: readonly Turn[];
  /** As the API server counted them, for the feeds as they were made. */
  readonly writes: number;
  /** Until the last of those that were deleted was back, from its own deletion, in the slowest round. */
  readonly repairSeconds: number;
  readonly resyncWrites: number;
  readonly restartSeconds: number;
  readonly restartWrites: number;
}

/** Who makes feeds what they should be, batch by batch, on an API server of its own. */
export interface Side {
  /** Seconds for the next batch. */
  make(): Promise<number>;
  /** Called once, when all batches are made. */
  end(turns: readonly Turn[]): Promise<Operated>;
  /** Ends what was started; called in any case. */
  stop(): Promise<void>;
}

/** An operator from the first feed to a restart. */
export async function operatedSide(arena: Arena, contender: Contender, resyncs: boolean): Promise<Side> {
  const first = await contender.start(arena.world.kubeconfigPath);
  const account = new Account(arena, first.name, first.process);
  let repairSeconds = 0;
  return {
    async make() {
      if (account.feeds === 0) {
        await arena.until(async () => (await first.reconciles()) !== undefined, whatOf(first), 60_000);
        // Its caches are filled before the first feed comes, and both have then compiled what they run.
        await settled();
      }
      const from = account.feeds;
      const seconds = await account.batch(() =>
        made(arena, from, whatOf(first), () => arena.told() === from + BATCH),
      );
      repairSeconds = Math.max(repairSeconds, await repaired(arena));
      await settled();
      return seconds;
    },
    async end(turns) {
      const resyncWrites = resyncs ? await resynced(arena, first) : Number.NaN;
      const { peakRssMb } = first.process.usage();
      await first.process.stop();
      const again = await restarted(arena, contender);
      return {
        ...account.sum(),
        turns,
        repairSeconds,
        resyncWrites,
        ...again,
        peakRssMb: Math.max(peakRssMb, again.peakRssMb),
      };
    },
    stop: () => first.process.stop(),
  };
}

/** The limit of the API server: the same writes in one row. */
export async function bareLoopSide(
  arena: Arena,
  template: PlanTemplate,
  folder: string,
  signal: AbortSignal,
): Promise<Side> {
  const loop = await startBareLoop(folder, arena.world.kubeconfigPath, arena.namespace, template);
  const account = new Account(arena, 'the bare loop', loop);
  const what = (): string => `the bare loop is done; it said: ${loop.output}`;
  return {
    async make() {
      await loop.until(() => loop.output.includes('ready'), 60_000, signal);
      const from = account.feeds;
      const ended = (): boolean => {
        if (loop.child.exitCode !== null) throw new Error(`the bare loop ended: ${loop.output}`);
        return loop.output.includes(`made ${from + BATCH}\n`);
      };
      return account.batch(() => {
        loop.child.kill('SIGUSR2');
        return made(arena, from, what, ended);
      });
    },
    end: async (turns) => ({
      ...account.sum(),
      turns,
      peakRssMb: loop.usage().peakRssMb,
      repairSeconds: Number.NaN,
      resyncWrites: Number.NaN,
      restartSeconds: Number.NaN,
      restartWrites: Number.NaN,
    }),
    stop: () => loop.stop(),
  };
}

/** What the batches of one side took together; what happens between them counts for nothing. */
class Account {
  readonly #arena: Arena;
  readonly #name: string;
  readonly #process: MeasuredProcess;
  readonly #writes = new Map<string, number>();
  #seconds = 0;
  #cpuSeconds = 0;
  feeds = 0;

  constructor(arena: Arena, name: string, process: MeasuredProcess) {
    this.#arena = arena;
    this.#name = name;
    this.#process = process;
  }

  /** `make` makes a batch, and says how many seconds that took. */
  async batch(make: () => Promise<number>): Promise<number> {
    const { client } = this.#arena.world;
    const before = await countWrites(client);
    const { cpuSeconds } = this.#process.usage();
    const seconds = await make();
    this.#cpuSeconds += this.#process.usage().cpuSeconds - cpuSeconds;
    // A write too many may come late.
    await settled();
    for (const [what, count] of difference(await countWrites(client), before))
      this.#writes.set(what, (this.#writes.get(what) ?? 0) + count);
    this.#seconds += seconds;
    this.feeds += BATCH;
    return seconds;
  }

  sum(): Pick<Operated, 'name' | 'feeds' | 'seconds' | 'cpuSeconds' | 'writes'> {
    say(this.#name, this.#writes);
    return {
      name: this.#name,
      feeds: this.feeds,
      seconds: this.#seconds,
      cpuSeconds: this.#cpuSeconds,
      writes: total(this.#writes),
    };
  }
}

/** Seconds from the first feed of a batch until `done`. */
async function made(arena: Arena, from: number, what: () => string, done: () => boolean): Promise<number> {
  const startedAt = performance.now();
  await each(BATCH, (index) => arena.create(from + index));
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

function say(who: string, counts: ReadonlyMap<string, number>): void {
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
