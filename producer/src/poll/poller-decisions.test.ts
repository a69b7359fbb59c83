import { afterEach, describe, expect, it } from '@jest/globals';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { FeedInMemory, HOST, type Answerer } from '../testing/feed-in-memory.ts';

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
