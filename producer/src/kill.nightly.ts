import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestBroker, type TestBroker } from '@tributary/local/testing';
import { prepareFeed } from './testing/feed-under-test.ts';
import { countedFeed, killAtEveryStep, pagedFeed } from './testing/kill-run.ts';
import { startProducer } from './testing/producer-process.ts';
import { startScriptedApi } from './testing/scripted-api.ts';

const KILLS = 100;
let broker: TestBroker;

beforeAll(async () => {
  broker = await startTestBroker();
}, 300_000);

afterAll(async () => await broker?.stop(), 30_000);

it.each([
  ['on one page', countedFeed],
  ['on many pages', pagedFeed],
])(
  `loses nothing and repeats nothing over ${KILLS} kills %s`,
  async (what, spec) => {
    const api = await startScriptedApi((_request, response) => response.writeHead(500).end());
    const feed = await prepareFeed(broker, spec(api.url));
    try {
      const { problems, kills } = await killAtEveryStep({
        feed,
        api,
        kills: KILLS,
        start: (killAt) => startProducer(feed, killAt),
        seed: Date.now(),
      });
      console.log(`${what}: killed ${JSON.stringify(kills)}`);
      expect(problems).toEqual([]);
    } finally {
      await feed.remove();
      await api.stop();
    }
  },
  60 * 60_000,
);
