import { setTimeout as delay } from 'node:timers/promises';
import { producerConfig, type ProducerConfig, type ProducerStatus } from '@tributary/api';
import type { KafkaRecord } from '@tributary/kafka';
import { waitUntil } from '@tributary/local/testing';
import { valuesOf, type FeedUnderTest } from './feed-under-test.ts';
import type { ProducerProcess } from './producer-process.ts';
import { dailyBody, json, type ScriptedApi } from './scripted-api.ts';
import { ShownEvents, windowSource } from './shown-events.ts';

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

/** What is there at all, at every poll: what has gone is told by a tombstone. */
export function snapshotFeed(url: string) {
  return { ...countedFeed(url), snapshot: true };
}

/** All bars as a list, which the API does not send again to those who have it. */
export function conditionalFeed(url: string) {
  const { source, columns } = pagedFeed(url);
  const { pagination: _pagination, ...http } = source.http ?? { request: { url } };
  return { source: producerConfig().shape.source.parse({ http }), columns };
}

const PAGE_SIZE = 500;
const SMALL_PAGE = 10;

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

/**
 * The same, asked for from the latest bar that is known: what is passed over never comes again. Some cannot be read, and go
 * to a topic that is missing at times.
 */
export function cursorFeed(url: string) {
  const { columns } = pagedFeed(url);
  const source = producerConfig().shape.source.parse({
    http: {
      request: { url: `${url}/bars`, query: [{ name: 'since', value: '{{ cursor }}' }] },
      pagination: { page: { parameter: 'p', size: SMALL_PAGE } },
      cursor: { column: 'date', start: '2000-01-01' },
      allowPrivate: true,
    },
  });
  return { source, columns };
}

/** Events by windows of time, and the same with a range of the past beside them. */
export const windowFeed = (url: string) => eventFeed(url, { past: false });
export const backfillFeed = (url: string) => eventFeed(url, { past: true });

function eventFeed(url: string, options: { past: boolean }) {
  const source = producerConfig().shape.source.parse({ http: windowSource(url, options) });
  const columns = [
    { name: 'id', role: 'key', type: 'string' },
    { name: 'time', role: 'time', type: 'timestamp' },
  ] as unknown as ProducerConfig['columns'];
  return { source, columns };
}

type Bars = Record<string, { close: string }>;

/** What the API answers: all bars at once as Alpha Vantage does, or as a list, or a page of that where one is asked for. */
function bodyOf(bars: Bars, url: URL): string {
  if (url.pathname !== '/bars') return dailyBody(bars);
  const since = url.searchParams.get('since');
  if (since !== null) return bodySince(bars, since, Number(url.searchParams.get('p') ?? '1'));
  const page = url.searchParams.get('p');
  const from = (Number(page ?? '1') - 1) * PAGE_SIZE;
  const rows = Object.entries(bars).slice(from, page === null ? undefined : from + PAGE_SIZE);
  return JSON.stringify(rows.map(([date, { close }]) => ({ date, close })));
}

/** The first of every second page is a record that was never seen and cannot be read. */
function bodySince(bars: Bars, since: string, page: number): string {
  const rows = Object.entries(bars)
    .filter(([date]) => date >= since)
    .flatMap(([date, { close }], index) => [
      ...(index % (2 * SMALL_PAGE - 1) === 0 ? [{ close: `without a date, before ${date}` }] : []),
      { date, close },
    ]);
  return JSON.stringify(rows.slice((page - 1) * SMALL_PAGE, page * SMALL_PAGE));
}

const DAY_MS = 86_400_000;
/** Enough for a page to be several record batches. */
const BARS_AT_FIRST = 4_000;
const NEW_BARS_PER_REQUEST = 40;
const REVISED_PER_REQUEST = 100;
const GONE_PER_REQUEST = 30;
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

/** How the API behaves. */
export interface Behaviour {
  /** So many bars from the beginning, all of them revised with every request: more than one transaction holds, or else the latest are. */
  revised?: number;
  /** The oldest bars go with every request. */
  forgetful?: boolean;
  /** Every second request meets what the one before it met, and is told so. */
  conditional?: boolean;
  /** Bars are added with the first page of a poll, and are never revised. */
  onlyNew?: boolean;
  /** The topic of dead letters is missing until so many requests were made, of each process anew. */
  deadLettersAfter?: number;
}

/** What the API shows, and what is to become of it. */
export interface Shown {
  answer(url: URL): { body: string; etag: string | undefined };
  /** Nothing new from now on. */
  freeze(): void;
  /** Whether a producer that was started after that has caught up. */
  isDone(status: ProducerStatus): boolean;
  /** Between what was shown and what has arrived, in its order. */
  differences(records: readonly KafkaRecord[]): string[];
}

export interface KillRun {
  /** What was lost, repeated or invented; at most 20. */
  problems: string[];
  kills: Record<KillPoint, number>;
  /** Longest that a producer took from its start to its end, in milliseconds: what a predecessor's death costs. */
  slowestMs: number;
  /** Answers with status 304. */
  notModified: number;
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
  behaviour?: Behaviour;
}): Promise<KillRun> {
  const { feed, api, start, seed } = options;
  const random = generator(seed);
  const { http } = feed.config.source;
  const shown: Shown =
    http?.window === undefined ? new ShownBars(options.behaviour ?? {}) : new ShownEvents(http);
  const kills = Object.fromEntries(KILL_POINTS.map((point) => [point, 0])) as Record<KillPoint, number>;
  let slowestMs = 0;
  let notModified = 0;
  let asked: (() => void) | undefined;
  api.answer = (request, response, url) => {
    asked?.();
    const { body, etag } = shown.answer(url);
    if (etag !== undefined) response.setHeader('etag', etag);
    if (etag !== undefined && request.headers['if-none-match'] === etag) {
      notModified += 1;
      response.writeHead(304).end();
    } else json(response, body);
  };

  const { deadLettersAfter } = options.behaviour ?? {};
  let deadLettersThere = true;
  const deadLettersAre = async (there: boolean): Promise<void> => {
    if (deadLettersThere === there) return;
    deadLettersThere = there;
    await feed.deadLettersAre(there);
  };

  for (let kill = 0; kill < options.kills; kill += 1) {
    if (deadLettersAfter !== undefined) await deadLettersAre(false);
    const point = KILL_POINTS[kill % KILL_POINTS.length] ?? 'anywhere';
    const times = 1 + Math.floor(random() * MOST_TIMES);
    const byItself = point !== 'requestSent' && point !== 'anywhere';
    let requests = 0;
    let kill9: (() => unknown) | undefined;
    let restored: Promise<void> | undefined;
    asked = () => {
      requests += 1;
      if (requests === deadLettersAfter) restored = deadLettersAre(true);
      if (point === 'requestSent' && requests === times) kill9?.();
      else if (point === 'anywhere' && requests === 1)
        setTimeout(() => kill9?.(), random() * ANYWHERE_WITHIN_MS);
    };
    const began = performance.now();
    const producer = await start(byItself ? `${point}:${times}` : undefined);
    kill9 = () => producer.kill('SIGKILL');
    await killed(producer, `${point}:${times}, seed ${seed}, kill ${kill}`);
    await restored;
    kills[point] += 1;
    slowestMs = Math.max(slowestMs, performance.now() - began);
  }
  asked = undefined;
  await deadLettersAre(true);
  shown.freeze();
  const last = await start();
  await waitUntil(
    async () => {
      const status = await last.status().catch(() => undefined);
      return status !== undefined && shown.isDone(status);
    },
    {
      what: 'the producer to catch up',
      timeoutMs: KILLED_WITHIN_MS,
    },
  );
  await last.kill('SIGTERM');
  const problems = shown.differences(await feed.read('records'));
  const told = problems.slice(0, 20).map((problem) => `seed ${seed}: ${problem}`);
  return { problems: told, kills, slowestMs, notModified };
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

/** What of a bar stands for its tombstone. */
const GONE = 'gone';

/** Bars that grow and change with every request, and what became of each. */
class ShownBars implements Shown {
  readonly #behaviour: Behaviour;
  readonly #bars: Bars = {};
  readonly #shown = new Map<string, Set<string>>();
  #added = 0;
  #revision = 0;
  #requests = 0;
  #growing = true;

  constructor(behaviour: Behaviour) {
    this.#behaviour = behaviour;
    this.#add(behaviour.revised ?? (behaviour.onlyNew === true ? NEW_BARS_PER_REQUEST : BARS_AT_FIRST));
  }

  freeze(): void {
    this.#growing = false;
  }

  isDone({ lastPoll }: ProducerStatus): boolean {
    return lastPoll?.result === 'Unchanged';
  }

  answer(url: URL): { body: string; etag: string | undefined } {
    const { conditional = false, onlyNew = false } = this.#behaviour;
    this.#requests += 1;
    const later = onlyNew && (url.searchParams.get('p') ?? '1') !== '1';
    if (this.#growing && !later && !(conditional && this.#requests % 2 === 0)) this.#change();
    for (const [date, { close }] of Object.entries(this.#bars))
      this.#shown.set(date, (this.#shown.get(date) ?? new Set()).add(close));
    return { body: bodyOf(this.#bars, url), etag: conditional ? `"${this.#revision}"` : undefined };
  }

  differences(records: readonly KafkaRecord[]): string[] {
    const arrived = Map.groupBy(records, ({ headers }) => headers.get('event_time')?.slice(0, 10) ?? '');
    const problems: string[] = [];
    for (const [date, shown] of this.#shown) {
      const states = valuesOf(arrived.get(date) ?? []).map((value) => value?.['close'] ?? GONE);
      const { close = GONE } = this.#bars[date] ?? {};
      // What came and went while nobody asked is no loss.
      if ((states.at(-1) ?? GONE) !== close) problems.push(`${date}: last is ${states.at(-1)}, not ${close}`);
      if (states.some((state, index) => state === (states[index - 1] ?? GONE)))
        problems.push(`${date}: repeated ${states.join()}`);
      if (states.some((state) => state !== GONE && !shown.has(state)))
        problems.push(`${date}: never shown ${states.join()}`);
    }
    for (const date of arrived.keys()) if (!this.#shown.has(date)) problems.push(`${date}: invented`);
    return problems;
  }

  #change(): void {
    const { revised = 0, forgetful = false, onlyNew = false } = this.#behaviour;
    this.#add(NEW_BARS_PER_REQUEST);
    if (onlyNew) return;
    this.#revision += 1;
    const dates = Object.keys(this.#bars);
    if (forgetful) for (const date of dates.slice(0, GONE_PER_REQUEST)) delete this.#bars[date];
    for (const date of dates.slice(-Math.max(revised, REVISED_PER_REQUEST)))
      if (this.#bars[date] !== undefined)
        this.#bars[date] = { close: `${this.#bars[date].close.split('.')[0]}.${this.#revision}` };
  }

  #add(many: number): void {
    for (const from = this.#added; this.#added < from + many; this.#added += 1)
      this.#bars[new Date(FIRST_DAY + this.#added * DAY_MS).toISOString().slice(0, 10)] = {
        close: `${this.#added}.00`,
      };
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
