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
import { WARM_UP_PAGES, warmUp } from './warm-up.ts';

const RECORDS = Number(process.env['BENCH_RECORDS'] ?? 1_000_000);
const PER_PAGE = 1_000;
const PAGES = Math.ceil(RECORDS / PER_PAGE);
const TIMEOUT_MS = 120_000;
const LOOK_EVERY_MS = 100;
/** Of the issue: against Bento, and for our process alone. */
const CPU_RATIO = 1.3;
const MOST_RSS_MB = 200;

/** Pages of an HTTP API into Kafka: our producer and Bento, one after the other, from the same API into the same broker. */
export async function run(signal: AbortSignal): Promise<void> {
  const { bento } = await ensureToolchain(['bento'], { signal });
  const folder = await mkdtemp(join(tmpdir(), 'tributary-bench-'));
  const broker = await startTestBroker({ signal });
  const api = await startApi(PAGES);
  const kafka = adminKafka(broker);
  try {
    console.log(`${cpus().length} × ${cpus()[0]?.model}; ${RECORDS} records in pages of ${PER_PAGE}`);
    const { url } = api;
    const pages = Math.min(PAGES, WARM_UP_PAGES);
    await warmUp({ broker, folder: join(folder, 'warm-up'), url, pages }, signal);
    const ours = await produceWithTributary(broker, join(folder, 'tributary'), url, signal);
    const theirs = await produceWithBento(
      broker,
      kafka,
      { bento, folder: join(folder, 'bento'), url },
      signal,
    );
    console.log(`\n${report([ours, theirs])}\n`);
    console.log(`${verdictsOf(ours, theirs)}\n`);
    const same = await compareTopics(kafka, 'bench.tributary', 'bench.bento');
    if (same !== RECORDS) throw new Error(`${same} records came out, not ${RECORDS}`);
    console.log(
      `${same} records are the same in both topics, keys and values, numbers by value; read_committed`,
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
  folder: string,
  url: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const feed = await startProducer({ broker, folder, topic: 'bench.tributary', url, maxPages: PAGES + 1 });
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
  options: { bento: string; folder: string; url: string },
  signal: AbortSignal,
): Promise<Outcome> {
  const topic = 'bench.bento';
  await createTopics(broker, topic);
  const bento = await startBento({ ...options, broker, topic, pages: PAGES });
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

function verdictsOf(ours: Outcome, theirs: Outcome): string {
  const perSecond = ({ seconds }: Outcome): number => RECORDS / seconds;
  const perCpu = ({ cpuSeconds }: Outcome): number => RECORDS / cpuSeconds;
  return verdicts([
    { name: "records/s, of Bento's", value: perSecond(ours) / perSecond(theirs), atLeast: 1, unit: '×' },
    {
      name: "records/CPU-s, of Bento's",
      value: perCpu(ours) / perCpu(theirs),
      atLeast: CPU_RATIO,
      unit: '×',
    },
    { name: 'peak RSS', value: ours.peakRssMb, below: MOST_RSS_MB, unit: ' MB' },
  ]);
}

function report(sides: readonly [Outcome, Outcome]): string {
  const { perCpu, perSecond } = rates(RECORDS, 'records');
  return comparison(sides, [perSecond, perCpu, ...COSTS]);
}
