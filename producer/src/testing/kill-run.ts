import { setTimeout as delay } from 'node:timers/promises';
import { producerConfig, type ProducerConfig } from '@tributary/api';
import { waitUntil } from '@tributary/local/testing';
import { valuesOf, type FeedUnderTest } from './feed-under-test.ts';
import type { ProducerProcess } from './producer-process.ts';
import { dailyBody, json, type ScriptedApi } from './scripted-api.ts';

/** Hinders no test, but has every request counted in `.state`. */
const LIMITS = [{ requests: 1_000_000, per: '1d' }];

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

/** The same, every request counted. */
export function countedFeed(url: string) {
  const { alphaVantage } = alphaVantageFeed(url);
  return { source: { alphaVantage: { ...alphaVantage, limits: LIMITS } } };
}

const PAGE_SIZE = 500;

/** The same bars as a list in pages, with a cursor that nobody asks by: every poll is of many pages. */
export function pagedFeed(url: string) {
  const source = producerConfig().shape.source.parse({
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
const REVISED_PER_REQUEST = 100;
const FIRST_DAY = Date.UTC(2000, 0, 1);

/** Between every two steps of a poll: where the process is ended. `requestSent` is told by the API that has it before it. */
export const KILL_POINTS = [
  'requestCounted',
  'requestSent',
  'bodyRead',
  'extracted',
  'begun',
  'appended',
  'committed',
  'remembered',
  /** Any moment, also in the middle of a step. */
  'anywhere',
] as const;

export type KillPoint = (typeof KILL_POINTS)[number];

/** The n-th time that a point is reached, n up to this: in the first poll and its state as well as in later ones. */
const MOST_TIMES = 6;
const ANYWHERE_WITHIN_MS = 600;
const KILLED_WITHIN_MS = 60_000;

export interface KillRun {
  /** What was lost, repeated or invented; at most 20. */
  problems: string[];
  kills: Record<KillPoint, number>;
  /** Longest that a producer took from its start to its end, in milliseconds: what a predecessor's death costs. */
  slowestMs: number;
}

/**
 * Kills the producer again and again, at each point in turn, while the API shows more bars, and revised ones, at every
 * request; then lets it finish and compares the topic, read_committed, with everything that the API has ever shown. The
 * latest bars are revised, so the last state of each must arrive, no state twice in a row, and no bar be missing.
 */
export async function killAtEveryStep(options: {
  feed: FeedUnderTest;
  api: ScriptedApi;
  kills: number;
  start: (killAt?: string) => Promise<ProducerProcess>;
  /** Told with every problem, to repeat a run. */
  seed: number;
}): Promise<KillRun> {
  const { feed, api, start, seed } = options;
  const random = generator(seed);
  const shown = new ShownBars();
  const kills = Object.fromEntries(KILL_POINTS.map((point) => [point, 0])) as Record<KillPoint, number>;
  let slowestMs = 0;
  let asked: (() => void) | undefined;
  api.answer = (_request, response, url) => {
    asked?.();
    json(response, shown.answer(url));
  };

  for (let kill = 0; kill < options.kills; kill += 1) {
    const point = KILL_POINTS[kill % KILL_POINTS.length] ?? 'anywhere';
    const times = 1 + Math.floor(random() * MOST_TIMES);
    const byItself = point !== 'requestSent' && point !== 'anywhere';
    let requests = 0;
    let kill9: (() => unknown) | undefined;
    asked = () => {
      requests += 1;
      if (point === 'requestSent' && requests === times) kill9?.();
      else if (point === 'anywhere' && requests === 1)
        setTimeout(() => kill9?.(), random() * ANYWHERE_WITHIN_MS);
    };
    const began = performance.now();
    const producer = await start(byItself ? `${point}:${times}` : undefined);
    kill9 = () => producer.kill('SIGKILL');
    await killed(producer, `${point}:${times}, seed ${seed}, kill ${kill}`);
    kills[point] += 1;
    slowestMs = Math.max(slowestMs, performance.now() - began);
  }
  asked = undefined;
  shown.freeze();
  const last = await start();
  await waitUntil(
    async () => (await last.status().catch(() => undefined))?.lastPoll?.result === 'Unchanged',
    {
      what: 'the producer to catch up',
      timeoutMs: KILLED_WITHIN_MS,
    },
  );
  await last.kill('SIGTERM');
  const problems = shown.differences(valuesOf(await feed.read('records')));
  return { problems: problems.slice(0, 20).map((problem) => `seed ${seed}: ${problem}`), kills, slowestMs };
}

async function killed(producer: ProducerProcess, at: string): Promise<void> {
  const late = Symbol('late');
  const cancel = new AbortController();
  const outcome = await Promise.race([
    producer.exited,
    delay(KILLED_WITHIN_MS, late, { signal: cancel.signal }),
  ]);
  cancel.abort();
  // Killed, and not ended for a reason of its own, which would hide a failure.
  if (outcome === null) return;
  const status = await producer.status().catch(() => undefined);
  throw new Error(`not killed at ${at}: ${JSON.stringify(status)}\n${producer.output.join('')}`);
}

/** Bars that grow and change with every request, and what became of each. */
class ShownBars {
  readonly #bars: Bars = {};
  readonly #shown = new Map<string, Set<string>>();
  #revision = 0;
  #growing = true;

  constructor() {
    this.#add(BARS_AT_FIRST);
  }

  freeze(): void {
    this.#growing = false;
  }

  answer(url: URL): string {
    if (this.#growing) this.#change();
    for (const [date, { close }] of Object.entries(this.#bars))
      this.#shown.set(date, (this.#shown.get(date) ?? new Set()).add(close));
    return bodyOf(this.#bars, url);
  }

  /** Between what was shown and what has arrived, in its order. */
  differences(values: ReturnType<typeof valuesOf>): string[] {
    const arrived = Map.groupBy(values, (value) => value?.['date'] ?? '');
    const problems: string[] = [];
    for (const [date, { close }] of Object.entries(this.#bars)) {
      const states = (arrived.get(date) ?? []).map((value) => value?.['close'] ?? '');
      if (states.at(-1) !== close) problems.push(`${date}: last is ${states.at(-1)}, not ${close}`);
      if (states.some((state, index) => state === states[index - 1]))
        problems.push(`${date}: repeated ${states.join()}`);
      if (states.some((state) => this.#shown.get(date)?.has(state) !== true))
        problems.push(`${date}: never shown ${states.join()}`);
    }
    const expected = Object.keys(this.#bars).length;
    if (arrived.size !== expected) problems.push(`${arrived.size} of ${expected} bars`);
    return problems;
  }

  #change(): void {
    this.#add(NEW_BARS_PER_REQUEST);
    this.#revision += 1;
    for (const date of Object.keys(this.#bars).slice(-REVISED_PER_REQUEST))
      this.#bars[date] = { close: `${this.#bars[date]?.close.split('.')[0]}.${this.#revision}` };
  }

  #add(many: number): void {
    const from = Object.keys(this.#bars).length;
    for (let index = from; index < from + many; index += 1)
      this.#bars[new Date(FIRST_DAY + index * DAY_MS).toISOString().slice(0, 10)] = { close: `${index}.00` };
  }
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
