import type { TestBroker } from '@tributary/local/testing';
import { published } from './published.ts';
import { startProducer } from './tributary.ts';

const PER_PAGE = 1_000;
/** Of the API, where it has as many. */
export const WARM_UP_PAGES = 200;

/** Another feed's pages: a broker has then compiled what it runs, which whoever came first would have it do for all others. */
export async function warmUp(
  options: { broker: TestBroker; folder: string; url: string; pages: number; run?: number },
  signal: AbortSignal,
): Promise<void> {
  const { broker, folder, url, pages, run = 1 } = options;
  const feed = await startProducer({ broker, folder, topic: `bench.warm-up.${run}`, url, maxPages: pages });
  try {
    await published(feed, pages * PER_PAGE, signal);
  } finally {
    await feed.process.stop();
  }
}
