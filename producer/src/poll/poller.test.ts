import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { producerConfig, resolveColumns, type ProducerConfig } from '@tributary/api';
import { KafkaError, PublishFailedError } from '@tributary/kafka';
import { startTestBroker, type TestBroker } from '@tributary/local/testing';
import { systemClock, type Clock } from '@tributary/runtime';
import { HttpFetcher } from '../fetch/http-fetcher.ts';
import { compileSource } from '../source/feed-source.ts';
import {
  API_KEY,
  prepareFeed,
  valuesOf,
  type FeedSpec,
  type FeedUnderTest,
} from '../testing/feed-under-test.ts';
import { json, startScriptedApi, type ScriptedApi } from '../testing/scripted-api.ts';
import { Poller } from './poller.ts';
import type { PollResult } from './progress.ts';

const never = new AbortController().signal;
let broker: TestBroker;
let api: ScriptedApi;
/** Of the pollers. */
let clock: Clock = systemClock;
const feeds: FeedUnderTest[] = [];
const closing: (() => void)[] = [];

beforeAll(async () => {
  broker = await startTestBroker();
  api = await startScriptedApi((_request, response) => json(response, []));
}, 300_000);

afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await Promise.all(feeds.splice(0).map((feed) => feed.remove()));
});

afterAll(async () => {
  await api?.stop();
  await broker?.stop();
}, 30_000);

type Columns = ProducerConfig['columns'];
const ID = { name: 'id', role: 'key', type: 'string' } as const;
const TIME = { name: 'time', role: 'time', type: 'timestamp' } as const;

async function feedOf(
  http: Record<string, unknown>,
  rest: Omit<FeedSpec, 'source'> = {},
): Promise<FeedUnderTest> {
  const source = producerConfig().shape.source.parse({
    http: { request: { url: `${api.url}/events` }, allowPrivate: true, ...http },
  });
  const feed = await prepareFeed(broker, { source, columns: [ID, TIME] as unknown as Columns, ...rest });
  feeds.push(feed);
  return feed;
}

/** A poller as a new process would have it: it knows what is in `.state`. */
async function pollerOf(
  feed: FeedUnderTest,
  config: ProducerConfig = feed.config,
  mostRemembered?: number,
): Promise<Poller> {
  const source = compileSource(config.source, feed.sourceSecrets, resolveColumns(config));
  const fetcher = new HttpFetcher({ allowPrivate: true, timeoutMs: 5_000, userAgent: 'test' });
  closing.push(() => fetcher.close());
  const { kafka, secrets, logger } = feed;
  const publisher = kafka.openPublisher({ transactionalId: config.kafka.transactionalId });
  const poller = new Poller({
    config,
    source,
    fetcher,
    kafka,
    publisher,
    secrets,
    logger,
    clock,
    ...(mostRemembered === undefined ? {} : { mostRemembered }),
  });
  await poller.open(never);
  return poller;
}

const pollOnce = async (feed: FeedUnderTest, config?: ProducerConfig): Promise<PollResult> =>
  (await pollerOf(feed, config)).poll(never);
const ids = async (feed: FeedUnderTest) =>
  valuesOf(await feed.read('records')).map((value) => value?.['id'] ?? null);
const event = (id: string | number, time = '2026-01-01T00:00:00Z', more: object = {}) => ({
  id: String(id),
  time,
  ...more,
});

/** Pages of events by `?p=`, each request noted. */
function serve(pages: object[][], fail?: (page: number) => boolean): void {
  api.answer = (_request, response, url) => {
    const page = Number(url.searchParams.get('p') ?? '1');
    if (fail?.(page) === true) json(response, { error: 'broken' }, 500);
    else json(response, pages[page - 1] ?? []);
  };
}

describe('a poll of several pages', () => {
  const paged = {
    pagination: { page: { parameter: 'p', size: 2 } },
    cursor: { column: 'time' },
    request: {},
  };
  const http = () => ({
    ...paged,
    request: { url: `${api.url}/events`, query: [{ name: 'since', value: '{{ cursor }}' }] },
  });
  const pages = [
    [event(1, '2026-01-01T00:00:00Z'), event(2, '2026-01-05T00:00:00Z')],
    [event(3, '2026-01-03T00:00:00Z'), event(4, '2026-01-02T00:00:00Z')],
    [event(5, '2026-01-04T00:00:00Z')],
  ];

  it('moves the cursor with its last page, to the greatest value of all', async () => {
    serve(pages);
    const feed = await feedOf(http());
    const poller = await pollerOf(feed);
    expect(await poller.poll(never)).toMatchObject({ fetched: 5, published: 5 });
    expect(poller.checkpoint).toMatchObject({ cursor: '2026-01-05T00:00:00Z', published: 5 });
    expect(poller.checkpoint).not.toHaveProperty('pageToken');
    expect((await ids(feed)).sort()).toEqual(['1', '2', '3', '4', '5']);
    api.requests.length = 0;
    await poller.poll(never);
    expect(new URL(api.requests[0] ?? '', api.url).searchParams.get('since')).toBe('2026-01-05T00:00:00Z');
  });

  it('goes on after a crash with the page it was at, and the cursor where it was', async () => {
    serve(pages, (page) => page === 3);
    const feed = await feedOf(http());
    const before = await pollerOf(feed);
    await expect(before.poll(never)).rejects.toMatchObject({ code: 'UpstreamFailed' });
    const { poll, cursor, pageToken } = before.checkpoint ?? {};
    expect({ cursor, pageToken }).toEqual({ cursor: undefined, pageToken: '3' });
    serve(pages);
    api.requests.length = 0;
    const after = await pollerOf(feed);
    expect(await after.poll(never)).toMatchObject({ id: poll, fetched: 1, published: 1 });
    expect(api.requests).toHaveLength(1);
    expect((await ids(feed)).sort()).toEqual(['1', '2', '3', '4', '5']);
  });

  it('begins anew when the page to go on with is gone', async () => {
    serve(pages, (page) => page === 3);
    const feed = await feedOf(http());
    await expect(pollOnce(feed)).rejects.toMatchObject({ code: 'UpstreamFailed' });
    api.answer = (_request, response, url) =>
      url.searchParams.get('p') === '3' ? json(response, {}, 404) : json(response, [event(6)]);
    const poller = await pollerOf(feed);
    await expect(poller.poll(never)).rejects.toMatchObject({ code: 'BadRequest' });
    expect(await poller.poll(never)).toMatchObject({ fetched: 1, published: 1 });
  });

  it('stops after the most pages it may ask for, says so, and goes on there', async () => {
    serve(pages);
    const feed = await feedOf({ pagination: { page: { parameter: 'p', size: 2 }, maxPages: 2 } });
    const poller = await pollerOf(feed);
    expect(await poller.poll(never)).toMatchObject({
      published: 4,
      warning: expect.stringContaining('maxPages'),
    });
    expect(await poller.poll(never)).toMatchObject({ published: 1, warning: undefined });
  });
});

describe('the page ahead', () => {
  const http = (more: object = {}) => ({
    pagination: { page: { parameter: 'p', size: 1 } },
    request: { url: `${api.url}/events` },
    ...more,
  });
  const inPages = [[event(1)], [event(2)], [event(3)], []];

  /** A poller that tells the transactions and requests of a poll in their order. */
  async function observed(feed: FeedUnderTest, failAt?: string) {
    const seen: string[] = [];
    const open = feed.kafka.openPublisher.bind(feed.kafka);
    feed.kafka.openPublisher = (options) => {
      const publisher = open(options);
      const publish = publisher.publish.bind(publisher);
      publisher.publish = async (records, signal) => {
        const what = [...records].some(({ key }) => key === 'quota') ? 'counted' : 'page';
        if (what === 'page') seen.push('page begins');
        const fails =
          failAt !== undefined && what === 'page' && seen.filter((it) => it === 'page begins').length > 1;
        // As slow as a distant broker, so that what does not wait for it is seen.
        await new Promise((resolve) => setTimeout(resolve, 100));
        if (fails) throw new PublishFailedError('notCommitted', failAt);
        await publish(records, signal);
        seen.push(what === 'page' ? 'page committed' : 'counted');
      };
      return publisher;
    };
    const answer = api.answer;
    api.answer = (request, response, url) => {
      seen.push(`asked ${url.searchParams.get('p')}`);
      answer(request, response, url);
    };
    return { seen, poller: await pollerOf(feed) };
  }

  it('is asked for while the one before it is committed, and never more than two', async () => {
    serve([[event(1)], [event(2)], [event(3)], [event(4)], []]);
    const feed = await feedOf(http());
    const { seen, poller } = await observed(feed);
    expect(await poller.poll(never)).toMatchObject({ fetched: 4, published: 4 });
    // The second is handed over too, and begins when the first is committed.
    expect(seen.slice(0, 8)).toEqual([
      'asked 1',
      'page begins',
      'asked 2',
      'page begins',
      'asked 3',
      'asked 4',
      'page committed',
      'page begins',
    ]);
    expect(await ids(feed)).toEqual(['1', '2', '3', '4']);
  });

  it('is not written behind one that takes much memory', async () => {
    const note = 'x'.repeat(1_100_000);
    const records = [1, 2, 3].map((id) => [{ ...event(id), note: note.slice(0, 900_000) }, { note }]);
    serve([...records, []]);
    const feed = await feedOf(http({ pagination: { page: { parameter: 'p', size: 2 } } }));
    const { seen, poller } = await observed(feed);
    expect(await poller.poll(never)).toMatchObject({ published: 3, deadLettered: 1 });
    const pages = seen.filter((what) => what.startsWith('page'));
    const alone = ['page begins', 'page committed'];
    expect(pages.slice(0, 6)).toEqual([...alone, ...alone, ...alone]);
  });

  it('is not written behind one whose records take much memory, however small its body', async () => {
    const page = (first: number) => Array.from({ length: 8_000 }, (_, index) => event(first + index));
    const pages = [page(0), page(8_000), page(16_000)];
    expect(JSON.stringify(pages[0]).length).toBeLessThan(1024 * 1024);
    serve([...pages, []]);
    const feed = await feedOf(http({ pagination: { page: { parameter: 'p', size: 8_000 } } }));
    const { seen, poller } = await observed(feed);
    expect(await poller.poll(never)).toMatchObject({ published: 24_000 });
    const transactions = seen.filter((what) => what.startsWith('page'));
    expect(transactions.slice(0, 4)).toEqual([
      'page begins',
      'page committed',
      'page begins',
      'page committed',
    ]);
  });

  it('is but one where requests are limited, as what is given up has cost one', async () => {
    serve(inPages);
    const feed = await feedOf(http({ limits: [{ requests: 1_000, per: '1d' }] }));
    const { seen, poller } = await observed(feed);
    await poller.poll(never);
    let [asked, committed] = [0, 0];
    for (const what of seen) {
      if (what === 'page committed') committed += 1;
      if (what.startsWith('asked')) asked += 1;
      // One that is committed, one that is handed over, and the one ahead.
      expect(asked - committed).toBeLessThanOrEqual(3);
    }
    expect({ asked, committed }).toEqual({ asked: 4, committed: 4 });
  });

  it('is none where it would be more than the poll may read', async () => {
    serve(inPages);
    const feed = await feedOf(http({ pagination: { page: { parameter: 'p', size: 1 }, maxPages: 2 } }));
    const { seen, poller } = await observed(feed);
    expect(await poller.poll(never)).toMatchObject({ fetched: 2, published: 2 });
    expect(seen.filter((what) => what.startsWith('asked'))).toEqual(['asked 1', 'asked 2']);
  });

  it('is counted before it is asked for', async () => {
    serve(inPages);
    const feed = await feedOf(http({ limits: [{ requests: 1_000, per: '1d' }] }));
    const { seen, poller } = await observed(feed);
    await poller.poll(never);
    let counted = 0;
    let asked = 0;
    for (const what of seen) {
      if (what === 'counted') counted += 1;
      if (what.startsWith('asked')) asked += 1;
      expect(counted).toBeGreaterThanOrEqual(asked);
    }
    expect({ counted, asked }).toEqual({ counted: 4, asked: 4 });
  });

  it('is not committed behind one whose dead letters have no topic yet', async () => {
    // An API that is asked by the cursor never shows again what it has passed over.
    const all = [event(1, '2026-01-01T00:00:00Z'), { note: 'no key' }, event(2, '2026-01-02T00:00:00Z')];
    api.answer = (_request, response, url) => {
      const since = url.searchParams.get('since') ?? '';
      const from = (Number(url.searchParams.get('p') ?? '1') - 1) * 2;
      const rows = all.filter((row) => !('time' in row) || row.time >= since);
      json(response, rows.slice(from, from + 2));
    };
    const query = [{ name: 'since', value: '{{ cursor }}' }];
    const feed = await feedOf({
      pagination: { page: { parameter: 'p', size: 2 } },
      request: { url: `${api.url}/events`, query },
      cursor: { column: 'time', start: '2026-01-01T00:00:00Z' },
    });
    await feed.deadLettersAre(false);
    const poller = await pollerOf(feed);
    await expect(poller.poll(never)).rejects.toMatchObject({ code: 'TopicMissing' });
    expect(poller.checkpoint).toBeUndefined();
    await feed.deadLettersAre(true);
    await poller.open(never);
    expect(await poller.poll(never)).toMatchObject({ published: 2, deadLettered: 1 });
    expect(await ids(feed)).toEqual(['1', '2']);
    expect(await feed.read('deadLetters')).toHaveLength(1);
  });

  it.each([1, 2, 3, 4, 5, 6, 7])(
    'is let finish with what was counted for it when the pod stops at step %s',
    async (step) => {
      serve(inPages);
      const feed = await feedOf(http({ limits: [{ requests: 1_000, per: '1d' }] }));
      const poller = await pollerOf(feed);
      const stop = new AbortController();
      let appended = 0;
      const atAppend = (reached: unknown): void => {
        if (reached === 'appended') appended += 1;
        if (appended === step) stop.abort(new Error('stopping'));
      };
      subscribe('tributary.transaction', atAppend);
      const error = await poller.poll(stop.signal).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      unsubscribe('tributary.transaction', atAppend);
      expect(error).not.toBeInstanceOf(KafkaError);
      await pollOnce(feed);
      expect(await ids(feed)).toEqual(['1', '2', '3']);
    },
  );

  it('is given up when the one before it is not committed, and asked for again', async () => {
    serve(inPages);
    const feed = await feedOf(http());
    const open = feed.kafka.openPublisher.bind(feed.kafka);
    const { poller } = await observed(feed, 'the broker is gone');
    await expect(poller.poll(never)).rejects.toMatchObject({ code: 'KafkaPublishFailed' });
    expect(poller.checkpoint).toMatchObject({ pageToken: '2' });
    serve(inPages);
    feed.kafka.openPublisher = open;
    expect(await (await pollerOf(feed)).poll(never)).toMatchObject({ fetched: 2, published: 2 });
    expect(await ids(feed)).toEqual(['1', '2', '3']);
  });
});

describe('pagination', () => {
  const cases: [string, Record<string, unknown>, (url: URL) => unknown][] = [
    [
      'a token that comes back',
      { pagination: { cursor: { parameter: 't', path: 'next' } }, records: 'data' },
      (url) => ({
        data: [event(url.searchParams.get('t') ?? 'first')],
        next: url.searchParams.get('t') === 'a' ? 'b' : 'a',
      }),
    ],
    [
      'a link to itself',
      { pagination: { nextLink: { path: 'next' } }, records: 'data' },
      () => ({ data: [event(1)], next: '/events?page=1' }),
    ],
    [
      'pages that an API does not heed',
      { pagination: { page: { parameter: 'p', size: 1 } } },
      () => [event(1)],
    ],
  ];
  it.each(cases)('ends with its reason at %s, and holds the cursor', async (_what, http, body) => {
    api.answer = (_request, response, url) => json(response, body(url));
    const feed = await feedOf({ ...http, cursor: { column: 'time' } });
    const poller = await pollerOf(feed);
    for (let poll = 0; poll < 2; poll += 1) {
      const before = api.requests.length;
      await expect(poller.poll(never)).rejects.toMatchObject({ code: 'PaginationLoops' });
      expect(api.requests.length - before).toBeLessThanOrEqual(3);
      expect(poller.checkpoint?.cursor).toBeUndefined();
    }
  });

  it('goes on past empty pages as long as there is a next one', async () => {
    api.answer = (_request, response, url) => {
      const page = Number(url.searchParams.get('t') ?? '0');
      json(response, { data: page % 4 === 0 ? [event(page)] : [], next: page < 8 ? page + 1 : null });
    };
    const feed = await feedOf({
      pagination: { cursor: { parameter: 't', path: 'next' } },
      records: 'data',
    });
    expect(await pollOnce(feed)).toMatchObject({ published: 3 });
  });
});

describe('the cursor', () => {
  /** An API that gives what is not older than `since`, at most two records a time. */
  function serveSince(all: object[], inclusive = true): void {
    api.answer = (_request, response, url) => {
      const since = url.searchParams.get('since') ?? '';
      const newer = (all as { time: string }[]).filter(({ time }) =>
        inclusive ? time >= since : time > since,
      );
      json(response, newer);
    };
  }
  const since = (cursor: object) => ({
    request: { url: `${api.url}/events`, query: [{ name: 'since', value: '{{ cursor }}' }] },
    cursor: { column: 'time', ...cursor },
  });

  it('loses no record of the same time as the last one, and repeats none', async () => {
    const tie = '2026-01-01T00:00:01Z';
    const all = [event(1, '2026-01-01T00:00:00Z'), event(2, tie)];
    serveSince(all);
    const feed = await feedOf(since({}));
    await pollOnce(feed);
    all.push(event(3, tie));
    await pollOnce(feed);
    all.push(event(4, tie), event(5, '2026-01-01T00:00:02Z'));
    await pollOnce(feed);
    expect((await ids(feed)).sort()).toEqual(['1', '2', '3', '4', '5']);
  });

  it('is set back by the lookback, in its own writing, so that late records are found', async () => {
    const all = [event(1, '2026-01-01T10:00:00Z'), event(2, '2026-01-01T11:00:00Z')];
    serveSince(all, false);
    const feed = await feedOf(since({ lookback: '2h' }));
    const poller = await pollerOf(feed);
    await poller.poll(never);
    all.push(event(3, '2026-01-01T09:30:00Z'), event(4, '2026-01-01T11:00:00Z'));
    api.requests.length = 0;
    expect(await poller.poll(never)).toMatchObject({ fetched: 4, published: 2 });
    expect(new URL(api.requests[0] ?? '', api.url).searchParams.get('since')).toBe('2026-01-01T09:00:00Z');
    expect(poller.checkpoint).toMatchObject({ cursor: '2026-01-01T11:00:00Z' });
  });
});

describe('windows', () => {
  const DAY = 86_400_000;
  const NOON = Date.UTC(2026, 10, 25, 12);
  // So that no midnight comes while a test runs.
  beforeEach(() => {
    const began = Date.now();
    clock = { ...systemClock, now: () => NOON + Date.now() - began };
  });
  afterEach(() => {
    clock = systemClock;
  });
  const requested = () =>
    api.requests.map((path) => {
      const { searchParams } = new URL(path, api.url);
      return [searchParams.get('from'), searchParams.get('to')];
    });
  const windowed = (http: Record<string, unknown>) => ({
    request: {
      url: `${api.url}/events`,
      query: [
        { name: 'from', value: '{{ window.start }}' },
        { name: 'to', value: '{{ window.end }}' },
      ],
    },
    ...http,
  });
  /** One event a day, of which the API gives those of the window. */
  function serveDays(fail?: (from: string) => boolean): void {
    api.answer = (_request, response, url) => {
      const [from = '', to = ''] = [url.searchParams.get('from') ?? '', url.searchParams.get('to') ?? ''];
      if (fail?.(from) === true) {
        json(response, {}, 500);
        return;
      }
      const first = Math.ceil(Date.parse(from) / DAY);
      const days = Array.from({ length: 400 }, (_, index) => (first + index) * DAY);
      json(
        response,
        days.filter((ms) => ms < Date.parse(to)).map((ms) => event(ms / DAY, new Date(ms).toISOString())),
      );
    };
  }
  const midnight = (daysAgo: number) => (Math.floor(NOON / DAY) - daysAgo) * DAY;
  const iso = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');

  it('follow each other up to now, and go on where the last one ended', async () => {
    serveDays();
    api.requests.length = 0;
    const feed = await feedOf(windowed({ window: { start: iso(midnight(5)), step: '2d' } }));
    expect(await pollOnce(feed)).toMatchObject({ published: 6 });
    expect(requested().slice(0, 2)).toEqual([
      [iso(midnight(5)), iso(midnight(3))],
      [iso(midnight(3)), iso(midnight(1))],
    ]);
    expect(api.requests).toHaveLength(3);
    const end = requested()[2]?.[1];
    api.requests.length = 0;
    expect(await pollOnce(feed)).toMatchObject({ published: 0 });
    expect(requested()).toEqual([[end, expect.any(String)]]);
  });

  it('are begun again after a failure, and looked back from', async () => {
    serveDays((from) => from.startsWith(iso(midnight(2)).slice(0, 10)));
    const feed = await feedOf(windowed({ window: { start: iso(midnight(4)), step: '1d', lookback: '12h' } }));
    await expect(pollOnce(feed)).rejects.toMatchObject({ code: 'UpstreamFailed' });
    serveDays();
    api.requests.length = 0;
    expect(await pollOnce(feed)).toMatchObject({ published: 3 });
    expect(requested()[0]).toEqual([iso(midnight(2) - DAY / 2), iso(midnight(1))]);
    expect((await ids(feed)).map(Number)).toEqual([4, 3, 2, 1, 0].map((days) => midnight(days) / DAY));
  });

  it('of a backfill come one by one, beside the polls, and go on after a restart', async () => {
    serveDays();
    const feed = await feedOf(
      windowed({
        window: { start: iso(midnight(1)) },
        backfill: { from: iso(midnight(10)), to: iso(midnight(4)), step: '2d' },
      }),
    );
    const first = await pollerOf(feed);
    await first.poll(never);
    expect(first.backfillPending).toBe(true);
    expect(await first.backfill(never)).toMatchObject({ published: 2 });
    const second = await pollerOf(feed);
    api.requests.length = 0;
    while (second.backfillPending) await second.backfill(never);
    expect(requested()).toEqual([
      [iso(midnight(8)), iso(midnight(6))],
      [iso(midnight(6)), iso(midnight(4))],
    ]);
    expect((await ids(feed)).map(Number).sort((a, b) => a - b)).toEqual(
      [10, 9, 8, 7, 6, 5, 1, 0].map((days) => midnight(days) / DAY),
    );
    expect((await pollerOf(feed)).backfillPending).toBe(false);
    expect(second.checkpoint?.reached).toBeGreaterThan(midnight(0));
  });
});

describe('an answer', () => {
  it('is asked for only if it has changed, once what it held is committed', async () => {
    const sent: unknown[] = [];
    let version = 1;
    api.answer = (request, response) => {
      sent.push([request.headers['if-none-match'], request.headers['if-modified-since']]);
      if (request.headers['if-none-match'] === `"${version}"`) response.writeHead(304).end();
      else {
        response.setHeader('etag', `"${version}"`);
        response.setHeader('last-modified', 'Wed, 25 Nov 2026 00:00:00 GMT');
        json(response, [event(version)]);
      }
    };
    const feed = await feedOf({});
    const poller = await pollerOf(feed);
    expect(await poller.poll(never)).toMatchObject({ fetched: 1, published: 1 });
    expect(await poller.poll(never)).toMatchObject({ fetched: 0, published: 0 });
    version = 2;
    expect(await poller.poll(never)).toMatchObject({ fetched: 1, published: 1 });
    await pollOnce(feed);
    const modified = 'Wed, 25 Nov 2026 00:00:00 GMT';
    expect(sent).toEqual([
      [undefined, undefined],
      ['"1"', modified],
      ['"1"', modified],
      [undefined, undefined],
    ]);
  });

  it('that is not what the source selects holds the cursor, and is kept once, without the key', async () => {
    api.answer = (_request, response) => json(response, { moved: 'elsewhere', key: API_KEY });
    const feed = await feedOf({
      records: 'data',
      auth: { bearer: { tokenFrom: { secretKeyRef: { name: 'api', key: 'key' } } } },
    });
    const poller = await pollerOf(feed);
    await expect(poller.poll(never)).rejects.toMatchObject({ code: 'UpstreamShapeChanged' });
    await expect(poller.poll(never)).rejects.toMatchObject({ code: 'UpstreamShapeChanged' });
    await expect(pollOnce(feed)).rejects.toMatchObject({ code: 'UpstreamShapeChanged' });
    const kept = await feed.read('deadLetters');
    expect(kept).toHaveLength(1);
    expect(kept[0]?.headers.get('reason')).toMatch(/^UpstreamShapeChanged: data/);
    expect(kept[0]?.value?.toString()).toBe('{"moved":"elsewhere","key":"[redacted]"}');
  });

  it.each([
    ['a status', 404, {}, [{ status: 404, is: 'Skip' }], 'no records'],
    [
      'a status and a body',
      400,
      { code: 'slow_down' },
      [{ status: 400, when: "code == 'slow_down'", is: 'RateLimited' }],
      'RateLimited',
    ],
    ['a body whatever the status', 400, { error: 'x' }, [{ when: 'error', is: 'Retry' }], 'UpstreamFailed'],
    ['no rule', 400, { error: 'x' }, [{ when: 'fault', is: 'Retry' }], 'BadRequest'],
    ['HTML that a rule cannot read', 502, '<html>', [{ when: 'error', is: 'Fail' }], 'UpstreamFailed'],
    ['a rule for success', 200, { login: true }, [{ status: 200, when: 'login', is: 'Auth' }], 'AuthFailed'],
  ])('means what the rules say: %s', async (_what, status, body, errors, meaning) => {
    api.answer = (_request, response) => json(response, body, status);
    const feed = await feedOf({ errors });
    const outcome = await pollOnce(feed).then(
      ({ fetched }) => (fetched === 0 ? 'no records' : 'records'),
      (error: { code: string }) => error.code,
    );
    expect(outcome).toBe(meaning);
  });
});

describe('what is published', () => {
  it('is what differs from the last published, within the window and beyond it as long as the API returns it', async () => {
    const old = event('old', '2020-01-01T00:00:00Z');
    serve([[old, event('new', '2026-01-01T00:00:00Z')]]);
    const feed = await feedOf({}, { dedupe: { window: '30d' } });
    expect(await pollOnce(feed)).toMatchObject({ published: 2 });
    serve([[old, event('new', '2026-01-02T00:00:00Z')]]);
    expect(await pollOnce(feed)).toMatchObject({ published: 1 });
    serve([[event('new', '2026-01-03T00:00:00Z')]]);
    expect(await pollOnce(feed)).toMatchObject({ published: 1 });
    serve([[old]]);
    expect(await pollOnce(feed)).toMatchObject({ published: 1 });
    const state = (await feed.read('state')).filter(
      ({ key }) => key?.toString().startsWith('seen/') === true,
    );
    expect(state.filter(({ value }) => value === null)).toHaveLength(1);
  });

  it('is recognised by as much as is remembered: the oldest give way, and that is said', async () => {
    const at = (day: number) => `2026-01-${String(day).padStart(2, '0')}T00:00:00Z`;
    let days = [1, 2, 3];
    api.answer = (_request, response) =>
      json(
        response,
        days.map((day) => event(day, at(day))),
      );
    const feed = await feedOf({});
    const poller = await pollerOf(feed, feed.config, 4);
    expect(await poller.poll(never)).toMatchObject({ published: 3, warning: undefined });
    days = [4, 5];
    const { published, warning } = await poller.poll(never);
    expect({ published, warning }).toEqual({
      published: 2,
      warning: expect.stringContaining('dedupe.window'),
    });
    days = [2, 3, 4, 5];
    expect(await poller.poll(never)).toMatchObject({ published: 0 });
    // The first was forgotten, in .state too.
    days = [1];
    expect(await (await pollerOf(feed, feed.config, 4)).poll(never)).toMatchObject({ published: 1 });
    days = [1, 2, 3, 4, 5, 6];
    await expect((await pollerOf(feed, feed.config, 4)).poll(never)).rejects.toMatchObject({
      code: 'TooManyRecords',
    });
  });

  it('begins anew when the columns change, under the next generation', async () => {
    serve([[event(1, undefined, { size: 5 })]]);
    const feed = await feedOf({});
    await pollOnce(feed);
    expect(await pollOnce(feed)).toMatchObject({ published: 0 });
    const config = {
      ...feed.config,
      columns: [
        ...feed.config.columns,
        { name: 'size', role: 'measure', type: 'long' },
      ] as unknown as Columns,
    };
    expect(await pollOnce(feed, config)).toMatchObject({ published: 1 });
    expect(await pollOnce(feed, config)).toMatchObject({ published: 0 });
    expect((await feed.read('records')).map(({ headers }) => headers.get('generation'))).toEqual(['1', '2']);
  });

  it('of a snapshot is also what disappeared, as a tombstone', async () => {
    serve([[event(1), event(2)]]);
    const feed = await feedOf({}, { snapshot: true });
    await pollOnce(feed);
    serve([[event(2)]]);
    expect(await pollOnce(feed)).toMatchObject({ published: 1 });
    expect(await pollOnce(feed)).toMatchObject({ published: 0 });
    serve([[event(1), event(2)]]);
    expect(await pollOnce(feed)).toMatchObject({ published: 1 });
    const records = await feed.read('records');
    expect(
      records.map(({ key, value, headers }) => [key?.toString(), value === null, headers.get('op')]),
    ).toEqual([
      ['{"id":"1"}', false, 'upsert'],
      ['{"id":"2"}', false, 'upsert'],
      ['{"id":"1"}', true, 'delete'],
      ['{"id":"1"}', false, 'upsert'],
    ]);
  });

  it('goes in several transactions when a page is too large for one', async () => {
    const filler = 'x'.repeat(400_000);
    serve([Array.from({ length: 40 }, (_, index) => event(index, undefined, { filler }))]);
    const feed = await feedOf({});
    expect(await pollOnce(feed)).toMatchObject({ published: 40 });
    const checkpoints = (await feed.read('state'))
      .filter(({ key }) => key?.toString() === 'checkpoint')
      .map(
        ({ value }) => JSON.parse(value?.toString() ?? '{}') as { published: number; recordIndex: number },
      );
    expect(checkpoints.length).toBeGreaterThan(1);
    expect(checkpoints.at(-1)).toMatchObject({ published: 40, recordIndex: 0 });
    expect(checkpoints[0]?.recordIndex).toBe(checkpoints[0]?.published);
  });
});

describe('the quota', () => {
  it('is committed before each request, so that a new process knows what was spent', async () => {
    serve([[event(1)]]);
    const feed = await feedOf({ limits: [{ requests: 2, per: '1d' }] });
    await pollOnce(feed);
    await pollOnce(feed);
    const requests = api.requests.length;
    await expect(pollOnce(feed)).rejects.toMatchObject({ code: 'QuotaExhausted' });
    expect(api.requests.length).toBe(requests);
  });

  it.each([
    ['a refusal', 429, { 'retry-after': '60' }],
    ['the last request before a limit', 200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '60' }],
  ])('rests as %s says, over restarts too', async (_what, status, headers) => {
    api.answer = (_request, response) => {
      for (const [name, value] of Object.entries(headers)) response.setHeader(name, value ?? '');
      json(response, [event(1)], status);
    };
    const feed = await feedOf({});
    await pollOnce(feed).catch(() => undefined);
    const requests = api.requests.length;
    const again = await pollerOf(feed);
    expect(again.quota.waitMs()).toBeGreaterThan(50_000);
    await expect(again.poll(never)).rejects.toMatchObject({ code: 'RateLimited' });
    expect(api.requests.length).toBe(requests);
  });

  it('counts a request whose answer never came', async () => {
    api.answer = (request) => request.socket.destroy();
    const feed = await feedOf({ limits: [{ requests: 1, per: '1d' }] });
    await expect(pollOnce(feed)).rejects.toMatchObject({ code: 'Unreachable' });
    await expect(pollOnce(feed)).rejects.toMatchObject({ code: 'QuotaExhausted' });
  });
});
