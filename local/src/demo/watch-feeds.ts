import { setTimeout as sleep } from 'node:timers/promises';
import type { Terminal } from '../stack/terminal.ts';
import { feedLine, feedTable } from './feed-table.ts';
import { keyOf, type FeedView, type FeedViews } from './feed-view.ts';

const LOOK_EVERY_MS = 500;
/** Without a terminal a feed is told of at most this often, and only when something has changed. */
const PLAIN_EVERY_MS = 10_000;
/** A cluster that does not answer for longer ends the watching. */
const SILENT_AT_MOST_MS = 60_000;

/**
 * Shows the feeds until `until` says so: a table that is drawn anew on a terminal, else a line for each feed that has
 * changed. `until` may throw, and is asked after each look.
 */
export async function watchFeeds(
  views: FeedViews,
  terminal: Terminal,
  until: (feeds: readonly FeedView[]) => boolean | Promise<boolean>,
  signal: AbortSignal,
): Promise<readonly FeedView[]> {
  const told = new Map<string, string>();
  let toldAt = performance.now();
  let answeredAt = performance.now();
  for (;;) {
    let feeds: readonly FeedView[];
    try {
      feeds = await views.read(signal);
      answeredAt = performance.now();
    } catch (error) {
      signal.throwIfAborted();
      if (performance.now() - answeredAt > SILENT_AT_MOST_MS) throw error;
      terminal.redraw([
        `the cluster does not answer: ${error instanceof Error ? error.message : String(error)}`,
      ]);
      await sleep(LOOK_EVERY_MS, undefined, { signal });
      continue;
    }
    if (terminal.isLive)
      terminal.redraw(feedTable(feeds, { now: Date.now(), width: terminal.width, colour: terminal.colour }));
    else if (performance.now() - toldAt >= PLAIN_EVERY_MS) {
      toldAt = performance.now();
      for (const feed of feeds) {
        const line = feedLine(feed);
        const key = keyOf(feed);
        if (told.get(key) !== line) terminal.line(`          ${line}`);
        told.set(key, line);
      }
    }
    if (await until(feeds)) return feeds;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}
