import type { Feed } from './tributary.ts';

const TIMEOUT_MS = 120_000;
const LOOK_EVERY_MS = 100;

/** Until the feed has published so many records. */
export function published(feed: Feed, records: number, signal: AbortSignal): Promise<void> {
  return feed.process.until(
    async () => {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      return (await feed.status())?.published === records;
    },
    TIMEOUT_MS,
    signal,
  );
}
