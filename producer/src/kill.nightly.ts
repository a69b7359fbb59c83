import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestBroker, type TestBroker } from '@tributary/local/testing';
import { prepareFeed } from './testing/feed-under-test.ts';
import { countedFeed, killAtEveryStep, pagedFeed } from './testing/kill-run.ts';
import { startProducer, type ProducerProcess } from './testing/producer-process.ts';
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
    const processes: ProducerProcess[] = [];
    const start = async (killAt?: string): Promise<ProducerProcess> => {
      const started = await startProducer(feed, killAt);
      processes.push(started);
      return started;
    };
    try {
      const { problems, kills, slowestMs } = await killAtEveryStep({
        feed,
        api,
        kills: KILLS,
        start,
        seed: Date.now(),
      });
      console.log(`${what}: killed ${JSON.stringify(kills)}, within ${Math.round(slowestMs)} ms at most`);
      expect(problems).toEqual([]);
    } finally {
      await Promise.all(processes.map((it) => it.kill('SIGKILL')));
      await feed.remove();
      await api.stop();
    }
  },
  60 * 60_000,
);
