import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startTestBroker, type TestBroker } from '@tributary/local/testing';
import { prepareFeed } from './testing/feed-under-test.ts';
import {
  backfillFeed,
  conditionalFeed,
  countedFeed,
  cursorFeed,
  killAtEveryStep,
  pagedFeed,
  snapshotFeed,
  windowFeed,
  type Behaviour,
} from './testing/kill-run.ts';
import { startProducer, type ProducerProcess } from './testing/producer-process.ts';
import { startScriptedApi } from './testing/scripted-api.ts';

/** More than 200 over all of them; fewer with TRIBUTARY_KILLS, for a look. */
const MOST_KILLS = Number(process.env['TRIBUTARY_KILLS'] ?? Infinity);
/** Once for a poll that fails, with its pages ahead, and then again. */
const WITHOUT_DEAD_LETTERS = { onlyNew: true, deadLettersAfter: 5 };
/** More than one transaction takes. */
const SEVERAL_TRANSACTIONS = 10_500;
let broker: TestBroker;

beforeAll(async () => {
  broker = await startTestBroker();
}, 300_000);

afterAll(async () => await broker?.stop(), 30_000);

it.each<[string, number, (url: string) => Parameters<typeof prepareFeed>[1], Behaviour]>([
  ['on one page', 63, countedFeed, {}],
  ['on many pages', 63, pagedFeed, {}],
  ['on many pages, of which a thread reads the later ones', 63, pagedFeed, { revised: SEVERAL_TRANSACTIONS }],
  ['on a page of several transactions', 27, countedFeed, { revised: SEVERAL_TRANSACTIONS }],
  ['of a snapshot, with tombstones', 27, snapshotFeed, { forgetful: true }],
  ['of which some are not sent again (304)', 27, conditionalFeed, { conditional: true }],
  ['by windows of time', 27, windowFeed, {}],
  ['by windows, and of the past beside them', 27, backfillFeed, {}],
  ['by a cursor, without a topic for its dead letters at first', 27, cursorFeed, WITHOUT_DEAD_LETTERS],
])(
  'loses nothing and repeats nothing over kills %s',
  async (what, kills, spec, behaviour) => {
    const api = await startScriptedApi((_request, response) => response.writeHead(500).end());
    const feed = await prepareFeed(broker, spec(api.url));
    const processes: ProducerProcess[] = [];
    const start = async (killAt?: string): Promise<ProducerProcess> => {
      const started = await startProducer(feed, killAt);
      processes.push(started);
      return started;
    };
    try {
      const run = await killAtEveryStep({
        feed,
        api,
        kills: Math.min(kills, MOST_KILLS),
        start,
        seed: Date.now(),
        behaviour,
      });
      console.log(
        `${what}: killed ${JSON.stringify(run.kills)}, within ${Math.round(run.slowestMs)} ms at most`,
      );
      expect(run.problems).toEqual([]);
      expect(run.notModified > 0).toBe(behaviour.conditional === true);
    } finally {
      await Promise.all(processes.map((it) => it.kill('SIGKILL')));
      await feed.remove();
      await api.stop();
    }
  },
  60 * 60_000,
);
