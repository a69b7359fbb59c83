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
        // So coarse that every window has the same URL.
        window: { start: '2026-01-08', step: '1h', format: 'yyyy' },
        backfill: { from: '2026-01-01', to: '2026-01-02', step: '6h' },
      },
      ({ headers }) => {
        if (feed.requests.length > 100) throw new Error('the poll has no end');
        return headers.some(([name]) => name === 'if-none-match')
          ? { notModified: true, status: 304 }
          : { body: [event(1)], headers: { etag: '"1"' } };
      },
    );
    const poller = await feed.open();
    await poller.poll(never);
    expect(feed.requests).toHaveLength(48);
    feed.clock.at += 5 * 3_600_000;
    await poller.poll(never);
    expect(feed.requests).toHaveLength(53);
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

describe('the page to go on with', () => {
  const http = (more: object = {}) => ({
    request: { url: `${HOST}/events` },
    pagination: { cursor: { parameter: 't', path: 'next' } },
    records: 'data',
    ...more,
  });
  const tokens = (feed: FeedInMemory) => feed.requests.map(({ url }) => url.searchParams.get('t'));
  /** The second page fails, as long as there is something to fail with. */
  const failing =
    (how: { fail?: () => UpstreamError }): Answerer =>
    ({ url }) => {
      const second = url.searchParams.get('t') === 'two';
      if (second && how.fail !== undefined) throw how.fail();
      return { body: second ? { data: [event(2)] } : { data: [event(1)], next: 'two' } };
    };

  it.each([
    ['is given up at once', 'BadRequest', ['two', null]],
    ['is given up at once', 'AddressRefused', ['two', null]],
    ['is given up at once', 'UpstreamShapeChanged', ['two', null]],
    ['is tried three times', 'UpstreamFailed', ['two', 'two', 'two', null]],
    ['is tried three times', 'AuthFailed', ['two', 'two', 'two', null]],
    ['is kept', 'Unreachable', ['two', 'two', 'two', 'two']],
    ['is kept', 'RateLimited', ['two', 'two', 'two', 'two']],
  ] as const)('%s after %s', async (_what, code, asked) => {
    const how: { fail?: () => UpstreamError } = { fail: () => new UpstreamError(code, 'no') };
    const feed = feedOf(http(), failing(how));
    const poller = await feed.open();
    await expect(poller.poll(never)).rejects.toMatchObject({ code });
    feed.requests.length = 0;
    const polls = asked.filter((token) => token !== null).length;
    for (let poll = 0; poll < polls; poll += 1)
      await expect(poller.poll(never)).rejects.toMatchObject({ code });
    delete how.fail;
    expect(await poller.poll(never)).toMatchObject({ published: 1 });
    expect(tokens(feed).slice(0, asked.length)).toEqual(asked);
  });

  it('is not that of another request', async () => {
    const feed = feedOf(http(), failing({ fail: () => new UpstreamError('Unreachable', 'no') }));
    await expect((await feed.open()).poll(never)).rejects.toMatchObject({ code: 'Unreachable' });
    feed.answer = failing({});
    feed.requests.length = 0;
    feed.reconfigure(http({ request: { url: 'https://other.example.com/events' } }));
    expect(await (await feed.open()).poll(never)).toMatchObject({ fetched: 2, published: 1 });
    expect(tokens(feed)).toEqual([null, 'two']);
  });

  it('is that of the same request, where only how many pages are asked for is another', async () => {
    const feed = feedOf(http(), failing({ fail: () => new UpstreamError('Unreachable', 'no') }));
    await expect((await feed.open()).poll(never)).rejects.toMatchObject({ code: 'Unreachable' });
    feed.answer = failing({});
    feed.requests.length = 0;
    feed.reconfigure(http({ pagination: { cursor: { parameter: 't', path: 'next' }, maxPages: 7 } }));
    expect(await (await feed.open()).poll(never)).toMatchObject({ fetched: 1 });
    expect(tokens(feed)).toEqual(['two']);
  });
});

describe('what is published', () => {
  it('is told when it is committed, whatever becomes of the poll', async () => {
    let told = 0;
    const feed = feedOf({ pagination: { page: { parameter: 'p', size: 1 } } }, ({ url }) => {
      if (url.searchParams.get('p') === '3') throw new UpstreamError('UpstreamFailed', 'status 500');
      return { body: [event(url.searchParams.get('p') ?? '')] };
    });
    const poller = await feed.open({ published: (records) => (told += records) });
    await expect(poller.poll(never)).rejects.toMatchObject({ code: 'UpstreamFailed' });
    expect(told).toBe(2);
  });
});

describe('what is remembered', () => {
  const seenIn = (feed: FeedInMemory) =>
    new Map(
      feed
        .read('state')
        .filter(({ key }) => key?.startsWith('seen/') === true)
        .map(({ key, value }) => [key, value]),
    );

  it('of a feed with windows is forgotten by its age too, but not while the past is fetched', async () => {
    const http = {
      request: { url: `${HOST}/events`, query: [{ name: 'from', value: '{{ window.start }}' }] },
      window: { start: '2026-01-05', step: '1d' },
    };
    const backfill = { from: '2026-01-01', to: '2026-01-02' };
    const daily: Answerer = ({ url }) => {
      const day = url.searchParams.get('from')?.slice(0, 10) ?? '';
      return { body: [event(day, `${day}T00:00:00Z`)] };
    };
    const feed = feedOf({ ...http, backfill }, daily, { dedupe: { window: '2d' } });
    const poller = await feed.open();
    await poller.poll(never);
    expect([...seenIn(feed).values()].filter((value) => value !== null)).toHaveLength(5);
    await poller.backfill(never);
    feed.clock.at += 86_400_000;
    expect(await poller.poll(never)).toMatchObject({ published: 1 });
    expect([...seenIn(feed).values()].filter((value) => value !== null)).toHaveLength(3);
  });

  it('before the feed became a snapshot is told too when it disappears', async () => {
    const feed = feedOf({}, () => ({ body: [event(1), event(2)] }));
    await (await feed.open()).poll(never);
    feed.reconfigure({}, { snapshot: true });
    expect(await (await feed.open()).poll(never)).toMatchObject({ published: 0 });
    const poller = await feed.open();
    const before = feed.committed.length;
    expect(await poller.poll(never)).toMatchObject({ published: 0 });
    expect(feed.committed).toHaveLength(before);
    feed.answer = () => ({ body: [event(2)] });
    expect(await poller.poll(never)).toMatchObject({ published: 1 });
    expect(feed.read('records').at(-1)).toEqual({ key: '{"id":"1"}', value: null });
  });
});

describe('a snapshot', () => {
  it('of more than can be remembered fails, and deletes nothing', async () => {
    const feed = feedOf({}, () => ({ body: [event(1), event(2)] }), { snapshot: true });
    const poller = await feed.open({ mostRemembered: 2 });
    await poller.poll(never);
    feed.answer = () => ({ body: [event(2), event(3), event(4)] });
    await expect(poller.poll(never)).rejects.toMatchObject({
      code: 'TooManyRecords',
      message: expect.stringContaining('several feeds'),
    });
    expect(feed.read('records')).toHaveLength(2);
  });
});

describe('a stop', () => {
  const from = (key: string) => ({ secretKeyRef: { name: 'api', key } });
  const oauth2 = {
    tokenUrl: 'https://login.example.com/token',
    clientIdFrom: from('key'),
    clientSecretFrom: from('key'),
    refreshTokenFrom: from('key'),
  };

  it('waits for the token that takes the place of the one that is used up, and keeps it', async () => {
    const stop = new AbortController();
    const feed = feedOf({ auth: { oauth2 } }, async ({ url }, signal) => {
      if (url.host !== 'login.example.com') return { body: [] };
      stop.abort(new Error('stopped'));
      await Promise.resolve();
      signal.throwIfAborted();
      return { body: { access_token: 'access-1', refresh_token: 'refresh-1' } };
    });
    await expect((await feed.open()).poll(stop.signal)).rejects.toThrow('stopped');
    expect(feed.requests).toHaveLength(1);
    expect(feed.read('state').map(({ key }) => key)).toEqual(['token']);
    await (await feed.open()).poll(never);
    expect(new URLSearchParams(feed.requests[1]?.body).get('refresh_token')).toBe('refresh-1');
  });
});

describe('a page', () => {
  it('of more records than there is memory for has a reason, and publishes nothing', async () => {
    const feed = feedOf({}, () => ({ body: [event(1), event(2), event(3)] }));
    await expect((await feed.open({ mostOfPage: 2 })).poll(never)).rejects.toMatchObject({
      code: 'ResponseTooLarge',
      message: expect.stringContaining('resources.limits.memory'),
    });
    expect(await (await feed.open({ mostOfPage: 3 })).poll(never)).toMatchObject({ published: 3 });
  });
});

describe('what is remembered', () => {
  it('is worked on at a start, which is told while more may follow', async () => {
    const events = Array.from({ length: 3_000 }, (_, id) => event(id));
    const feed = feedOf({}, () => ({ body: events }));
    await (await feed.open()).poll(never);
    const told: number[] = [];
    await feed.open({ restoring: (bytes) => told.push(bytes) });
    const bytes = feed.read('state').reduce((sum, { key, value }) => sum + `${key}${value}`.length, 0);
    expect(told.length).toBeGreaterThan(1);
    const sum = told.reduce((all, one) => all + one, 0);
    expect(sum).toBeLessThanOrEqual(bytes);
    expect(sum).toBeGreaterThan(bytes - 64 * 1024);
  });
});

describe('when the last poll began', () => {
  const daily = { schedule: { cron: '0 6 * * *' } };
  const pages = { pagination: { page: { parameter: 'p', size: 1 } } };
  const DAY = 86_400_000;
  /** As a process that is started now finds it. */
  const told = async (feed: FeedInMemory) => (await feed.open()).lastPollAt;
  const day = (http: Record<string, unknown>, answer: Answerer, rest: Record<string, unknown>) => {
    const feed = feedOf(http, answer, rest);
    return { feed, first: feed.clock.at, second: feed.clock.at + DAY };
  };

  it.each<[string, Answerer]>([
    ['brought nothing new', () => ({ body: [event(1)] })],
    ['was told that nothing is new', conditional],
  ])('is known after a restart where a cron called it and it %s', async (_what, answer) => {
    const { feed, first, second } = day({}, answer, daily);
    const poller = await feed.open();
    await poller.poll(never);
    expect(await told(feed)).toBe(first);
    feed.clock.at = second;
    expect(await poller.poll(never)).toMatchObject({ published: 0 });
    expect(await told(feed)).toBe(second);
    expect(feed.read('records')).toHaveLength(1);
  });

  it('is that of a poll that came to its end where a cron calls: what was broken off is caught up with', async () => {
    const limits = [{ requests: 100, per: '1d' }];
    let broken = false;
    const answer: Answerer = ({ url }) => {
      const page = Number(url.searchParams.get('p') ?? 1);
      if (page === 2 && broken) throw new UpstreamError('Unreachable', 'no answer');
      return { body: page <= 2 ? [event(`${page} of ${feed.clock.at}`)] : [] };
    };
    const { feed, first, second } = day({ ...pages, limits }, answer, daily);
    const poller = await feed.open();
    await poller.poll(never);
    [feed.clock.at, broken] = [second, true];
    await expect(poller.poll(never)).rejects.toMatchObject({ code: 'Unreachable' });
    expect(feed.read('records')).toHaveLength(3);
    expect(await told(feed)).toBe(first);
    broken = false;
    await (await feed.open()).poll(never);
    expect(await told(feed)).toBe(second);
  });

  it('is when it was first here where a cron has not called yet, and nothing where an interval may begin', async () => {
    const { feed, first } = day({}, () => ({ body: [event(1)] }), daily);
    await feed.open();
    feed.clock.at += 3 * DAY;
    expect(await told(feed)).toBe(first);
    expect(await told(day({}, () => ({ body: [] }), { schedule: { every: '1d' } }).feed)).toBeUndefined();
  });

  it('is long ago where the very first poll that a cron called was broken off', async () => {
    const { feed, first, second } = day(
      {},
      () => {
        throw new UpstreamError('Unreachable', 'no answer');
      },
      daily,
    );
    const poller = await feed.open();
    feed.clock.at = second;
    await expect(poller.poll(never)).rejects.toMatchObject({ code: 'Unreachable' });
    expect(await told(feed)).toBe(first);
  });

  it.each([
    ['came to its end', false, (first: number) => first],
    ['was broken off', true, () => 0],
  ])('is taken over from a feed without a cron whose last poll %s', async (_what, broken, expected) => {
    const answer: Answerer = ({ url }) => {
      if (url.searchParams.get('p') === '1') return { body: [event(1)] };
      if (broken) throw new UpstreamError('Unreachable', 'no answer');
      return { body: [] };
    };
    const { feed, first, second } = day(pages, answer, { schedule: { every: '1d' } });
    await (await feed.open()).poll(never).catch(() => undefined);
    expect(feed.read('records')).toHaveLength(1);
    // Of another request: the page to go on with is gone, what was broken off is not.
    feed.reconfigure(
      { ...pages, request: { url: `${HOST}/events`, query: [{ name: 'q', value: '1' }] } },
      daily,
    );
    feed.clock.at = second;
    expect(await told(feed)).toBe(expected(first));
  });

  it('is not what a cron did before it became an interval for a while', async () => {
    const answer: Answerer = () => ({ body: [event(feed.clock.at)] });
    const { feed, second } = day({}, answer, daily);
    await (await feed.open()).poll(never);
    feed.reconfigure({}, { schedule: { every: '1d' } });
    feed.clock.at = second;
    await (await feed.open()).poll(never);
    feed.reconfigure({}, daily);
    expect(await told(feed)).toBe(second);
  });

  it('is that of any poll for an interval, also of one that stopped at its most pages', async () => {
    const pagination = { ...pages.pagination, maxPages: 1 };
    const { feed, first } = day({ pagination }, () => ({ body: [event(1)] }), { schedule: { every: '1d' } });
    expect(await (await feed.open()).poll(never)).toMatchObject({ published: 1 });
    expect(feed.requests).toHaveLength(1);
    expect(await told(feed)).toBe(first);
  });

  it('is not written for an interval, which only says how long to wait at least', async () => {
    const { feed, first, second } = day({}, () => ({ body: [event(1)] }), { schedule: { every: '1d' } });
    const poller = await feed.open();
    await poller.poll(never);
    const before = feed.committed.length;
    feed.clock.at = second;
    await poller.poll(never);
    expect(feed.committed).toHaveLength(before);
    expect(await told(feed)).toBe(first);
  });
});

function conditional({ headers }: Parameters<Answerer>[0]): ReturnType<Answerer> {
  return new Map(headers).get('if-none-match') === '"1"'
    ? { notModified: true, status: 304 }
    : { body: [event(1)], headers: { etag: '"1"' } };
}
