import { join } from 'node:path';
import { applyObjects } from '../stack/kubectl.ts';
import type { Stack } from '../stack/stack.ts';
import { ReplayMemory } from '../replay/replay-memory.ts';
import { startReplayServer } from '../replay/replay-server.ts';
import { prepareFeed, type AppliedFeed } from './demo-feed.ts';
import { demoFeeds, type FeedName } from './feeds.ts';
import { persistentSecret } from './persistent-secret.ts';

export interface Demo {
  feeds: AppliedFeed[];
  /** Of each feed, what it is and how fast its time passes. */
  about: string[];
  stop(): Promise<void>;
}

/** Serves the replayed APIs and applies the samples, as a user would. */
export async function startDemo(
  stack: Stack,
  options: {
    root: string;
    workDir: string;
    flights: string;
    names: readonly FeedName[];
    liveMs: number;
    alphaVantageKey: string | undefined;
  },
  signal: AbortSignal,
): Promise<Demo> {
  const { root, workDir, names } = options;
  const memory = new ReplayMemory(join(workDir, 'replay.json'));
  const replayKey = await persistentSecret(join(workDir, 'replay-key'));
  const demo = [...(await demoFeeds(names, { ...options, memory, replayKey })).values()];
  const server = await startReplayServer(
    demo.flatMap(({ api }) => api ?? []),
    { answered: () => memory.save() },
  );
  try {
    const { url: host, clientId, clientSecret } = stack.workspace;
    const feeds = await Promise.all(
      demo.map((feed) =>
        prepareFeed(root, feed, {
          url: feed.api === undefined ? '' : server.urlOf(feed.api),
          databricks: { host, clientId, clientSecret },
        }),
      ),
    );
    await applyObjects(
      stack.tools,
      feeds.flatMap(({ objects }) => objects),
      signal,
    );
    return { feeds, about: demo.map(({ about }) => about), stop: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
