import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { producerConfig, type ProducerConfig } from '@tributary/api';
import { startTestBroker, type TestBroker } from '@tributary/local/testing';
import { systemClock } from '@tributary/runtime';
import { HttpFetcher } from '../fetch/http-fetcher.ts';
import { compileSource } from '../source/feed-source.ts';
import { prepareFeed, valuesOf, type FeedSpec, type FeedUnderTest } from '../testing/feed-under-test.ts';
import { json, startScriptedApi, type ScriptedApi } from '../testing/scripted-api.ts';
import { Poller, type PollResult } from './poller.ts';

const never = new AbortController().signal;
let broker: TestBroker;
let api: ScriptedApi;
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
  const source = producerConfig.shape.source.parse({
    http: { request: { url: `${api.url}/events` }, allowPrivate: true, ...http },
  });
  const feed = await prepareFeed(broker, { source, columns: [ID, TIME] as unknown as Columns, ...rest });
  feeds.push(feed);
  return feed;
}

/** A poller as a new process would have it: it knows what is in `.state`. */
async function pollerOf(feed: FeedUnderTest, config: ProducerConfig = feed.config): Promise<Poller> {
  const source = compileSource(config.source, feed.sourceSecrets);
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
    clock: systemClock,
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

  it('counts a request whose answer never came', async () => {
    api.answer = (request) => request.socket.destroy();
    const feed = await feedOf({ limits: [{ requests: 1, per: '1d' }] });
    await expect(pollOnce(feed)).rejects.toMatchObject({ code: 'Unreachable' });
    await expect(pollOnce(feed)).rejects.toMatchObject({ code: 'QuotaExhausted' });
  });
});
