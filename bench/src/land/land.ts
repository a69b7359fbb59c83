import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { consumerStatus } from '@tributary/api';
import {
  ensureToolchain,
  startTestBroker,
  type TestBroker,
  type ProcessUsage,
} from '@tributary/local/testing';
import { comparison, COSTS, rates, type Outcome } from '../measure/comparison.ts';
import { verdicts } from '../measure/targets.ts';
import { startConsumer } from './bench-feed.ts';
import { startBento } from './bento.ts';
import { measureLatency } from './latency.ts';
import { publish } from './records.ts';
import { compareRows, filesInOrder } from './rows-of-files.ts';

const RECORDS = Number(process.env['BENCH_RECORDS'] ?? 1_000_000);
const PER_FILE = 50_000;
const CUT = { records: PER_FILE, bytes: '64Mi', after: '5m' };
const TOPIC = 'bench.land';
const TIMEOUT_MS = 300_000;

interface Landed extends Outcome {
  readonly folder: string;
  readonly bytes: number;
}

/** JSON records from Kafka to cut gzip CSV: our consumer and Bento, one after the other, from the same topic. */
export async function run(signal: AbortSignal): Promise<void> {
  const { bento } = await ensureToolchain(['bento'], { signal });
  const folder = await mkdtemp(join(tmpdir(), 'tributary-bench-'));
  const broker = await startTestBroker({ signal });
  try {
    console.log(`${cpus().length} × ${cpus()[0]?.model}; publishing ${RECORDS} records…`);
    await publish(broker.kafkaConfig(), TOPIC, RECORDS, signal);
    const ours = await landWithTributary(broker, join(folder, 'tributary'), signal);
    const theirs = await landWithBento(broker, bento, join(folder, 'bento'), signal);
    const same = await compareRows(ours.folder, theirs.folder);
    if (same !== RECORDS) throw new Error(`${same} rows landed of ${RECORDS}`);
    console.log(`\n${report([ours, theirs])}\n\n${same} rows compared one by one: equal`);
    console.log(`${verdictsOf(ours, theirs)}\n`);
    const latencies = await measureLatency(broker, join(folder, 'latency'), signal);
    const at = (share: number): string =>
      `${((latencies[Math.ceil(latencies.length * share) - 1] ?? Number.NaN) / 1_000).toFixed(2)} s`;
    console.log(
      `event published → file in the volume, after: 5s, ${latencies.length} events: p50 ${at(0.5)}, p99 ${at(0.99)}`,
    );
  } finally {
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function landWithTributary(broker: TestBroker, folder: string, signal: AbortSignal): Promise<Landed> {
  const { process: consumer, get } = await startConsumer({ broker, folder, topic: TOPIC, cut: CUT });
  try {
    await consumer.until(
      async () => {
        const answer = await get('/status');
        if (answer === undefined) return false;
        return consumerStatus.parse(JSON.parse(answer.body)).uploaded.records === RECORDS;
      },
      TIMEOUT_MS,
      signal,
    );
    const { seconds } = consumer;
    return await outcome('tributary', consumer.usage(), seconds, join(folder, 'data', 'volume'));
  } finally {
    await consumer.stop();
  }
}

async function landWithBento(
  broker: TestBroker,
  bento: string,
  folder: string,
  signal: AbortSignal,
): Promise<Landed> {
  const process = await startBento({ bento, broker, folder, topic: TOPIC, records: PER_FILE });
  const files = join(folder, 'files');
  try {
    const expected = Math.ceil(RECORDS / PER_FILE);
    let settled = '';
    await process.until(
      async () => {
        if ((await readdir(files)).length < expected) return false;
        // Its files are not written aside: the last one is complete once it has stopped growing.
        const before = settled;
        settled = String(await bytesOf(files));
        return before === settled;
      },
      TIMEOUT_MS,
      signal,
    );
    const { seconds } = process;
    return await outcome('bento', process.usage(), seconds, files);
  } finally {
    await process.stop();
  }
}

async function outcome(name: string, usage: ProcessUsage, seconds: number, folder: string): Promise<Landed> {
  return { name, ...usage, seconds, folder, bytes: await bytesOf(folder) };
}

async function bytesOf(folder: string): Promise<number> {
  const files = await filesInOrder(folder);
  return (await Promise.all(files.map((file) => stat(file)))).reduce((sum, { size }) => sum + size, 0);
}

/** The targets of the default path; latency has none but to be told. */
function verdictsOf(ours: Landed, theirs: Landed): string {
  const { perCpu, perSecond } = rates(RECORDS, 'rows');
  return verdicts([
    ...[perCpu, perSecond].map(({ title, of }) => ({
      name: `${title} to Bento's`,
      value: of(ours) / of(theirs),
      atLeast: 2,
      unit: '×',
    })),
    { name: 'peak RSS', value: ours.peakRssMb, below: 200, unit: ' MB' },
  ]);
}

function report(sides: readonly [Landed, Landed]): string {
  const { perCpu, perSecond } = rates(RECORDS, 'rows');
  const bytes = { title: 'bytes/row', of: (each: Landed) => each.bytes / RECORDS, digits: 1 };
  return comparison<Landed>(sides, [perCpu, perSecond, ...COSTS, bytes]);
}
