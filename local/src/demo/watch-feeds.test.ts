import { describe, expect, it } from '@jest/globals';
import type { Terminal } from '../stack/terminal.ts';
import type { FeedViews } from './feed-view.ts';
import { watchFeeds } from './watch-feeds.ts';

const drawn: string[] = [];
const terminal = {
  isLive: false,
  redraw: (lines: readonly string[]) => drawn.push(...lines),
} as unknown as Terminal;

describe('watching the feeds', () => {
  it('goes on after a look that failed, and says so meanwhile', async () => {
    let looks = 0;
    const read = () => {
      looks += 1;
      return looks < 3 ? Promise.reject(new Error('socket hang up')) : Promise.resolve([]);
    };
    const views = { read } as unknown as FeedViews;
    await expect(watchFeeds(views, terminal, () => true, new AbortController().signal)).resolves.toEqual([]);
    expect(looks).toBe(3);
    expect(drawn).toContain('the cluster does not answer: socket hang up');
  });

  it('ends at once when it is stopped, also while the cluster is silent', async () => {
    const stop = new AbortController();
    const read = () => {
      stop.abort(new Error('received SIGINT'));
      return Promise.reject(new Error('aborted'));
    };
    const views = { read } as unknown as FeedViews;
    await expect(watchFeeds(views, terminal, () => false, stop.signal)).rejects.toThrow('received SIGINT');
  });
});
