import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestBroker } from '@tributary/local/testing';
import { startProducer, type Feed } from './tributary.ts';

export interface Idle {
  rssMb: number;
  /** Of one core. */
  cpuShare: number;
  /** From its start until it is connected, has read its state and fenced its predecessor. */
  readySeconds: number;
}

const SETTLED_AFTER_MS = 5_000;
const WATCHED_MS = 20_000;

/** A pod between two polls; the second start, as the first one warms the compile cache that an image brings along. */
export async function measureIdle(
  broker: TestBroker,
  folder: string,
  url: string,
  signal: AbortSignal,
): Promise<Idle> {
  const start = (): Promise<Feed> =>
    startProducer({
      broker,
      folder,
      topic: 'bench.idle',
      url,
      maxPages: 1,
      env: { NODE_COMPILE_CACHE: join(folder, 'compile-cache') },
    });
  const first = await start();
  await ready(first, signal);
  await first.process.stop();
  const feed = await start();
  try {
    const readySeconds = await ready(feed, signal);
    await new Promise((resolve) => setTimeout(resolve, SETTLED_AFTER_MS));
    const before = feed.process.usage().cpuSeconds;
    await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));
    const cpuShare = ((feed.process.usage().cpuSeconds - before) * 1_000) / WATCHED_MS;
    const status = readFileSync(`/proc/${feed.process.child.pid}/status`, 'utf8');
    const rssMb = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024;
    return { rssMb, cpuShare, readySeconds };
  } finally {
    await feed.process.stop();
  }
}

async function ready(feed: Feed, signal: AbortSignal): Promise<number> {
  await feed.process.until(async () => (await feed.get('/readyz'))?.status === 200, 30_000, signal);
  return feed.process.seconds;
}
