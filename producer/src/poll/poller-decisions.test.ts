import { afterEach, describe, expect, it } from '@jest/globals';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { FeedInMemory, HOST, KEY, type Answerer } from '../testing/feed-in-memory.ts';

const never = new AbortController().signal;
const feeds: FeedInMemory[] = [];

afterEach(() => {
  for (const feed of feeds.splice(0)) feed.close();
});

function feedOf(
  http: Record<string, unknown>,
  answer: Answerer,
  rest: Record<string, unknown> = {},
): FeedInMemory {
  const feed = new FeedInMemory(http, answer, rest);
  feeds.push(feed);
  return feed;
}

const event = (id: string | number, time = '2026-01-01T00:00:00Z') => ({ id: String(id), time });
const conditionsOf = (feed: FeedInMemory) =>
  feed.requests.map(({ headers }) => new Map(headers).get('if-none-match'));

describe('the validators of an answer', () => {
  it('are not sent with windows, which a 304 would leave where they are for ever', async () => {
    const feed = feedOf(
      {
        request: { url: `${HOST}/events`, query: [{ name: 'day', value: '{{ window.start }}' }] },
        window: { start: '2026-01-08', step: '1h', format: 'yyyy-MM-dd' },
        backfill: { from: '2026-01-01', to: '2026-01-02', step: '6h' },
      },
      ({ headers }) =>
        headers.some(([name]) => name === 'if-none-match')
          ? { notModified: true, status: 304 }
          : { body: [event(1)], headers: { etag: '"1"' } },
    );
    const poller = await feed.open();
    await poller.poll(never);
    expect(feed.requests).toHaveLength(48);
    let windows = 0;
    while (poller.backfillPending && windows < 10) {
      await poller.backfill(never);
      windows += 1;
    }
    expect(windows).toBe(4);
    expect(new Set(conditionsOf(feed))).toEqual(new Set([undefined]));
  });

  it('of an answer that was never committed are not sent, also after one that holds nothing', async () => {
    let version = 'A';
    let gone = false;
    const feed = feedOf({ errors: [{ status: 404, is: 'Skip' }] }, ({ headers }) => {
      if (gone) throw new UpstreamError('BadRequest', 'status 404', { answer: { status: 404, body: '{}' } });
      if (new Map(headers).get('if-none-match') === `"${version}"`) return { notModified: true, status: 304 };
      return { body: [event(version)], headers: { etag: `"${version}"` } };
    });
    const poller = await feed.open();
    await poller.poll(never);
    version = 'B';
    feed.failing = 1;
    await expect(poller.poll(never)).rejects.toMatchObject({ code: 'KafkaPublishFailed' });
    await poller.open(never);
    gone = true;
    expect(await poller.poll(never)).toMatchObject({ fetched: 0 });
    gone = false;
    expect(await poller.poll(never)).toMatchObject({ published: 1 });
    expect(conditionsOf(feed)).toEqual([undefined, '"A"', undefined, undefined]);
    expect(feed.read('records').map(({ key }) => key)).toEqual(['{"id":"A"}', '{"id":"B"}']);
  });
});

describe('a next page whose link repeats our key', () => {
  const auth = { apiKey: { query: 'apikey', from: { secretKeyRef: { name: 'api', key: 'key' } } } };
  const records = 'data';
  /** Two pages, the second failing as often as is said. */
  const twoPages =
    (next: { header?: string; body?: string }, failures = 0): Answerer =>
    ({ url }) => {
      if (url.searchParams.get('p') !== '2')
        return {
          body: { data: [event(1)], next: next.body ?? null },
          headers: next.header === undefined ? {} : { link: `<${next.header}>; rel="next"` },
        };
      if (failures > 0) {
        failures -= 1;
        throw new UpstreamError('Unreachable', 'no answer');
      }
      return { body: { data: [event(2)] } };
    };
  const link = `${HOST}/events?p=2&apikey=${KEY}&q=a%20b`;

  it.each<[string, Record<string, unknown>, Parameters<typeof twoPages>[0]]>([
    ['in a header', { linkHeader: {} }, { header: link }],
    ['in the body', { nextLink: { path: 'next' } }, { body: link }],
    ['relative to the first', { nextLink: { path: 'next' } }, { body: `?p=2&apikey=${KEY}&q=a%20b` }],
  ])('%s is asked with the key, and kept without it', async (_where, pagination, next) => {
    const feed = feedOf({ auth, pagination, records }, twoPages(next, 1));
    const poller = await feed.open();
    await expect(poller.poll(never)).rejects.toMatchObject({ code: 'Unreachable' });
    expect(poller.checkpoint?.pageToken).toMatch(/\?p=2&q=a%20b$/);
    expect(await poller.poll(never)).toMatchObject({ published: 1 });
    for (const { url } of feed.requests.slice(1)) {
      expect(url.searchParams.getAll('apikey')).toEqual([KEY]);
      expect(url.searchParams.get('q')).toBe('a b');
    }
    expect(JSON.stringify(feed.committed)).not.toContain(KEY);
  });

  it('under another name is asked without what was redacted', async () => {
    const header = { header: `${HOST}/events?p=2&api_key=${KEY}` };
    const bearer = { bearer: { tokenFrom: { secretKeyRef: { name: 'api', key: 'key' } } } };
    const feed = feedOf({ auth: bearer, pagination: { linkHeader: {} }, records }, twoPages(header));
    await (await feed.open()).poll(never);
    expect(feed.requests.map(({ url }) => url.search)).toEqual(['', '?p=2']);
    expect(JSON.stringify(feed.committed)).not.toContain(KEY);
  });

  it('is no token where it is longer than a record could bear', async () => {
    const next = { body: `${HOST}/events?p=2&q=${'x'.repeat(9_000)}` };
    const feed = feedOf({ pagination: { nextLink: { path: 'next' } }, records }, twoPages(next));
    await expect((await feed.open()).poll(never)).rejects.toMatchObject({
      code: 'UpstreamShapeChanged',
      message: expect.stringContaining('at most 8192'),
    });
  });
});

describe('an answer with status 2xx', () => {
  it('that the rules take for a refusal is heeded in when to come back, over restarts too', async () => {
    const feed = feedOf({ errors: [{ when: 'slow', is: 'RateLimited' }] }, () => ({
      status: 200,
      body: { slow: true },
      headers: { 'retry-after': '90' },
    }));
    await expect((await feed.open()).poll(never)).rejects.toMatchObject({
      code: 'RateLimited',
      retryAfterMs: 90_000,
    });
    expect((await feed.open()).quota.waitMs()).toBe(90_000);
  });

  it('is judged by its own status, and holds nothing where that is 204', async () => {
    const feed = feedOf({ errors: [{ status: 202, is: 'Retry' }] }, () => ({ status: 204, body: '' }));
    expect(await (await feed.open()).poll(never)).toMatchObject({ fetched: 0 });
    feed.answer = () => ({ status: 202, body: '[]' });
    await expect((await feed.open()).poll(never)).rejects.toMatchObject({ code: 'UpstreamFailed' });
  });
});
