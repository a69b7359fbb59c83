import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestBroker } from '@tributary/local/testing';
import { startConsumer } from '../land/bench-feed.ts';
import { publish } from '../land/records.ts';
import { startApi } from '../produce/api-process.ts';
import { startProducer, type Feed } from '../produce/tributary.ts';
import { WARM_UP_PAGES, warmUp } from '../produce/warm-up.ts';
import { measureIdle } from './measure-idle.ts';

const PAGE = 1_000;
/** Of the issue of the producer. */
const READY_WITHIN_SECONDS = 0.35;
const CUT = { records: 50_000, bytes: '64Mi', after: '5m' };

/** Pods that have nothing to do: a producer that has polled a page of 1,000 records, and a consumer without a volume. */
export async function run(signal: AbortSignal): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-bench-'));
  const broker = await startTestBroker({ signal });
  const api = await startApi(WARM_UP_PAGES);
  try {
    // A pod starts beside many that run: its broker is no new one, and has had transactions before.
    const { url } = api;
    await warmUp({ broker, folder: join(folder, 'warm-up'), url, pages: WARM_UP_PAGES }, signal);
    const producer = {
      broker,
      folder: join(folder, 'producer'),
      topic: 'bench.idle',
      url,
      maxPages: 1,
    };
    const published = async (feed: Feed): Promise<boolean> => (await feed.status())?.published === PAGE;
    const start = (): Promise<Feed> => startProducer(producer);
    console.log(`producer\n${await measureIdle(start, published, signal, READY_WITHIN_SECONDS)}`);
    const consumer = { broker, folder: join(folder, 'consumer'), topic: 'bench.idle.land', cut: CUT };
    await publish(broker.kafkaConfig(), consumer.topic, 1, signal);
    const ready = (): Promise<boolean> => Promise.resolve(true);
    console.log(`consumer\n${await measureIdle(() => startConsumer(consumer), ready, signal)}`);
  } finally {
    api.stop();
    await broker.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
