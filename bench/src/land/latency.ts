import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createDatabricks } from '@tributary/databricks';
import { startDatabricks, type TestBroker } from '@tributary/local/testing';
import { Kafka } from 'kafkajs';
import { startConsumer } from './bench-feed.ts';
import { message } from './records.ts';
import { filesInOrder } from './rows-of-files.ts';

const TOPIC = 'bench.latency';
const VOLUME = { catalog: 'main', schema: 'landing', volume: 'feeds' };
const EVENTS = 600;
const EVERY_MS = 50;
const LOOK_EVERY_MS = 20;

/** Event published → its file in the volume (by the Files API), in milliseconds, with `after: 5s`. */
export async function measureLatency(
  broker: TestBroker,
  folder: string,
  signal: AbortSignal,
): Promise<number[]> {
  const standIn = await startDatabricks({ workDir: join(folder, 'workspace'), python: 'python3', signal });
  const client = createDatabricks({
    host: standIn.url,
    auth: { kind: 'pat', token: standIn.token },
    userAgent: 'bench',
    allowInsecureLoopback: true,
  });
  await client.unityCatalog.createSchema(VOLUME.catalog, VOLUME.schema);
  await client.unityCatalog.createVolume(VOLUME.catalog, VOLUME.schema, VOLUME.volume);
  const databricksDir = join(folder, 'connection');
  await mkdir(databricksDir, { recursive: true });
  await writeFile(join(databricksDir, 'host'), standIn.url);
  await writeFile(join(databricksDir, 'token'), standIn.token);
  const kafka = new Kafka(broker.kafkaConfig());
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  const cut = { records: 50_000, bytes: '64Mi', after: '5s' };
  const { process: consumer, get } = await startConsumer({
    broker,
    folder,
    topic: TOPIC,
    cut,
    volume: VOLUME,
    databricksDir,
  });
  const producer = kafka.producer();
  await producer.connect();
  const stopLooking = new AbortController();
  try {
    await consumer.until(async () => (await get('/readyz'))?.status === 200, 30_000, signal);
    const published: number[] = [];
    const landed = new Map<number, number>();
    const seen = new Set<string>();
    const look = async (): Promise<void> => {
      for (const file of await filesInOrder(standIn.volumesDir)) {
        if (seen.has(file)) continue;
        seen.add(file);
        const at = performance.now();
        for (const line of gunzipSync(await readFile(file))
          .toString()
          .split('\n')
          .slice(1)) {
          if (line !== '') landed.set(Number(line.split(',')[1]), at);
        }
      }
    };
    const looking = lookUntilStopped(look, stopLooking.signal);
    looking.catch(() => undefined); // raced below
    for (let index = 0; index < EVENTS; index += 1) {
      signal.throwIfAborted();
      const due = performance.now() + EVERY_MS;
      await producer.send({ topic: TOPIC, messages: [message(index, Date.now())] });
      published.push(performance.now());
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    }
    await Promise.race([
      consumer.until(() => landed.size === EVENTS, 30_000, signal),
      looking.then(() => Promise.reject(new Error('nobody looks any more'))),
    ]);
    return published.map((at, index) => (landed.get(index) ?? Number.NaN) - at).sort((a, b) => a - b);
  } finally {
    stopLooking.abort();
    await producer.disconnect();
    await consumer.stop();
    client.close();
    await standIn.stop();
  }
}

/** One look after the other; rejects with what fails. */
async function lookUntilStopped(look: () => Promise<void>, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await look();
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
