import { setTimeout as delay } from 'node:timers/promises';
import { producerConfig, type ProducerConfig } from '@tributary/api';
import { waitUntil } from '@tributary/local/testing';
import { valuesOf, type FeedUnderTest } from './feed-under-test.ts';
import type { ProducerProcess } from './producer-process.ts';
import { dailyBody, json, type ScriptedApi } from './scripted-api.ts';

/** IBM's daily bars at `url`, with limits that hinder no test. */
export function alphaVantageFeed(url: string) {
  return {
    alphaVantage: {
      function: 'TIME_SERIES_DAILY',
      parameters: [{ name: 'symbol', value: 'IBM' }],
      apiKeyFrom: { secretKeyRef: { name: 'api', key: 'key' } },
      baseUrl: `${url}/query`,
      limits: [],
      allowPrivate: true,
    },
  };
}

const PAGE_SIZE = 500;

/** The same bars as a list in pages, with a cursor that nobody asks by: every poll is of many pages. */
export function pagedFeed(url: string) {
  const source = producerConfig.shape.source.parse({
    http: {
      request: { url: `${url}/bars` },
      pagination: { page: { parameter: 'p', size: PAGE_SIZE } },
      cursor: { column: 'date' },
      allowPrivate: true,
    },
  });
  const columns = [
    { name: 'date', role: 'time', type: 'date' },
    { name: 'close', role: 'measure', type: 'string' },
  ] as unknown as ProducerConfig['columns'];
  return { source, columns };
}

type Bars = Record<string, { close: string }>;

/** What the API answers: all bars at once as Alpha Vantage does, or a page of them where one is asked for. */
function bodyOf(bars: Bars, url: URL): string {
  const page = url.searchParams.get('p');
  if (page === null) return dailyBody(bars);
  const from = (Number(page) - 1) * PAGE_SIZE;
  const rows = Object.entries(bars).slice(from, from + PAGE_SIZE);
  return JSON.stringify(rows.map(([date, { close }]) => ({ date, close })));
}

const DAY_MS = 86_400_000;
/** Enough for a page to be several record batches. */
const BARS_AT_FIRST = 4_000;
const NEW_BARS_PER_REQUEST = 40;

/**
 * Kills the producer again and again while the API shows more bars, and revised ones, at every request; then lets it
 * finish and compares the topic with everything that the API has ever shown. The latest bars are revised, so the last
 * state of each must arrive, no state twice in a row, and no bar be missing. Gives the problems, at most 20.
 */
export async function lostOrRepeated(options: {
  feed: FeedUnderTest;
  api: ScriptedApi;
  kills: number;
  start: () => Promise<ProducerProcess>;
  /** Told with every problem, to repeat a run. */
  seed: number;
}): Promise<string[]> {
  const { feed, api, kills, start, seed } = options;
  const random = generator(seed);
  const bars: Bars = {};
  let growing = true;
  let revision = 0;
  const first = Date.UTC(2000, 0, 1);
  const show = (many: number): void => {
    const from = Object.keys(bars).length;
    for (let index = from; index < from + many; index += 1)
      bars[new Date(first + index * DAY_MS).toISOString().slice(0, 10)] = { close: `${index}.00` };
  };
  show(BARS_AT_FIRST);
  const shown = new Map<string, Set<string>>();
  api.answer = (_request, response, url) => {
    if (growing) {
      show(NEW_BARS_PER_REQUEST);
      revision += 1;
      for (const date of Object.keys(bars).slice(-100))
        bars[date] = { close: `${bars[date]?.close.split('.')[0]}.${revision}` };
    }
    for (const [date, { close }] of Object.entries(bars))
      shown.set(date, (shown.get(date) ?? new Set()).add(close));
    json(response, bodyOf(bars, url));
  };

  for (let kill = 0; kill < kills; kill += 1) {
    const producer = await start();
    const requests = api.requests.length;
    await waitUntil(() => api.requests.length > requests, {
      what: 'the producer to poll',
      timeoutMs: 30_000,
    });
    await delay(random() * 600);
    await producer.kill('SIGKILL');
  }
  growing = false;
  const last = await start();
  await waitUntil(
    async () => {
      const requests = api.requests.length;
      const status = await last.status();
      return status.lastPoll?.result === 'Unchanged' && requests > 0;
    },
    { what: 'the producer to catch up', timeoutMs: 60_000 },
  );
  await last.kill('SIGTERM');

  const arrived = new Map<string, string[]>();
  for (const value of valuesOf(await feed.read('records'))) {
    const date = value?.['date'] ?? '';
    arrived.set(date, [...(arrived.get(date) ?? []), value?.['close'] ?? '']);
  }
  const problems: string[] = [];
  for (const [date, { close }] of Object.entries(bars)) {
    const states = arrived.get(date) ?? [];
    if (states.at(-1) !== close) problems.push(`${date}: last is ${states.at(-1)}, not ${close}`);
    if (states.some((state, index) => state === states[index - 1]))
      problems.push(`${date}: repeated ${states.join()}`);
    if (states.some((state) => shown.get(date)?.has(state) !== true))
      problems.push(`${date}: never shown ${states.join()}`);
  }
  if (arrived.size !== Object.keys(bars).length)
    problems.push(`${arrived.size} of ${Object.keys(bars).length} bars`);
  return problems.slice(0, 20).map((problem) => `seed ${seed}: ${problem}`);
}

/** mulberry32: small, and the same everywhere. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
