import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectKafka, type Kafka } from '@tributary/kafka';
import {
  ensureToolchain,
  startTestBroker,
  type TestBroker,
  type ProcessUsage,
} from '@tributary/local/testing';
import { comparison, COSTS, rates, type Outcome } from '../measure/comparison.ts';
import { verdicts } from '../measure/targets.ts';
import { startApi } from './api-process.ts';
import { startBento } from './bento.ts';
import { compareTopics } from './compare-topics.ts';
import { published } from './published.ts';
import { createTopics, startProducer } from './tributary.ts';
import { warmUp } from './warm-up.ts';

const RECORDS = Number(process.env['BENCH_RECORDS'] ?? 1_000_000);
const PER_PAGE = 1_000;
const PAGES = Math.ceil(RECORDS / PER_PAGE);
const TIMEOUT_MS = 120_000;
const LOOK_EVERY_MS = 100;
/** Of the issue: against Bento, and for our process alone. */
const CPU_RATIO = 1.3;
const MOST_RSS_MB = 200;
/** So that nobody is measured by a broker that is still being compiled: it takes some two million records until it is not. */
const WARM_UPS = 2;
/** A machine has other work at times: what counts is the median of the ratios. */
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);

/** What both came to, one right after the other. */
interface Round {
  ours: Outcome;
  theirs: Outcome;
}

/**
 * Pages of an HTTP API into Kafka: our producer and Bento, one after the other, from the same API into the same broker, in
 * rounds in which they take turns to be first.
 */
export async function run(signal: AbortSignal): Promise<void> {
  const { bento } = await ensureToolchain(['bento'], { signal });
  const folder = await mkdtemp(join(tmpdir(), 'tributary-bench-'));
  const broker = await startTestBroker({ signal });
  const api = await startApi(PAGES);
  const kafka = adminKafka(broker);
  try {
    console.log(`${cpus().length} × ${cpus()[0]?.model}; ${RECORDS} records in pages of ${PER_PAGE}`);
    const { url } = api;
    for (let run = 1; run <= WARM_UPS; run += 1)
      await warmUp({ broker, folder: join(folder, `warm-up-${run}`), run, url, pages: PAGES }, signal);
    const rounds: Round[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const tributary = {
        folder: join(folder, `tributary-${round}`),
        topic: `bench.tributary.${round}`,
        url,
      };
      const other = { bento, folder: join(folder, `bento-${round}`), topic: `bench.bento.${round}`, url };
      const runOurs = (): Promise<Outcome> => produceWithTributary(broker, tributary, signal);
      const runTheirs = (): Promise<Outcome> => produceWithBento(broker, kafka, other, signal);
      const oursFirst = round % 2 === 1;
      const first = await (oursFirst ? runOurs() : runTheirs());
      const second = await (oursFirst ? runTheirs() : runOurs());
      const [ours, theirs] = oursFirst ? [first, second] : [second, first];
      rounds.push({ ours, theirs });
      console.log(`\nround ${round} of ${ROUNDS}, ${first.name} first\n${report([ours, theirs])}`);
      const same = await compareTopics(kafka, tributary.topic, other.topic);
      if (same !== RECORDS) throw new Error(`${same} records came out, not ${RECORDS}`);
    }
    console.log(`\n${verdictsOf(rounds)}\n`);
    console.log(
      `${RECORDS} records are the same in both topics of each round, keys and values, numbers by value; read_committed`,
    );
  } finally {
    api.stop();
    await kafka.close();
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function produceWithTributary(
  broker: TestBroker,
  options: { folder: string; topic: string; url: string },
  signal: AbortSignal,
): Promise<Outcome> {
  const feed = await startProducer({ ...options, broker, maxPages: PAGES + 1 });
  try {
    await published(feed, RECORDS, signal);
    return { name: 'tributary', ...feed.process.usage(), seconds: feed.process.seconds };
  } finally {
    await feed.process.stop();
  }
}

async function produceWithBento(
  broker: TestBroker,
  kafka: Kafka,
  options: { bento: string; folder: string; topic: string; url: string },
  signal: AbortSignal,
): Promise<Outcome> {
  const { topic } = options;
  await createTopics(broker, topic);
  const bento = await startBento({ ...options, broker, pages: PAGES });
  let usage: ProcessUsage = bento.usage();
  try {
    const deadline = performance.now() + TIMEOUT_MS;
    // It ends by itself when all is written; what it used is read as long as it lives.
    while ((await kafka.topicOffsets(topic))[0]?.end !== BigInt(RECORDS)) {
      if (performance.now() > deadline) throw new Error(`Bento was not done:\n${bento.output}`);
      signal.throwIfAborted();
      if (bento.child.exitCode === null) usage = bento.usage();
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    return { name: 'bento', ...usage, seconds: bento.seconds };
  } finally {
    await bento.stop();
  }
}

function adminKafka(broker: TestBroker): Kafka {
  const quiet = (): void => undefined;
  return connectKafka({
    bootstrapServers: broker.bootstrapServers.split(','),
    tls: { ca: () => broker.caPem },
    sasl: {
      mechanism: 'scram-sha-512',
      username: broker.adminUser.username,
      password: () => broker.adminUser.password,
    },
    clientId: 'bench',
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  });
}

function verdictsOf(rounds: readonly Round[]): string {
  const perSecond = rounds.map(({ ours, theirs }) => theirs.seconds / ours.seconds);
  const perCpu = rounds.map(({ ours, theirs }) => theirs.cpuSeconds / ours.cpuSeconds);
  const peak = Math.max(...rounds.map(({ ours }) => ours.peakRssMb));
  return verdicts([
    { name: "records/s, of Bento's", value: perSecond, atLeast: 1, unit: '×' },
    { name: "records/CPU-s, of Bento's", value: perCpu, atLeast: CPU_RATIO, unit: '×' },
    { name: 'peak RSS, the highest of the rounds', value: peak, below: MOST_RSS_MB, unit: ' MB' },
  ]);
}

function report(sides: readonly [Outcome, Outcome]): string {
  const { perCpu, perSecond } = rates(RECORDS, 'records');
  return comparison(sides, [perSecond, perCpu, ...COSTS]);
}
