import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { producerConfig } from '@tributary/api';
import { startTestBroker, waitUntil, type TestBroker } from '@tributary/local/testing';
import {
  alphaVantageFeed,
  backfillFeed,
  countedFeed,
  killAtEveryStep,
  KILL_POINTS,
  pagedFeed,
  windowFeed,
} from './testing/kill-run.ts';
import { API_KEY, prepareFeed, valuesOf, type FeedUnderTest } from './testing/feed-under-test.ts';
import { startProducer, type ProducerProcess } from './testing/producer-process.ts';
import { dailyBody, json, startScriptedApi, type ScriptedApi } from './testing/scripted-api.ts';

let broker: TestBroker;
let api: ScriptedApi;
const feeds: FeedUnderTest[] = [];
const processes: ProducerProcess[] = [];

beforeAll(async () => {
  broker = await startTestBroker();
  api = await startScriptedApi((_request, response) => response.writeHead(500).end());
}, 300_000);

afterEach(async () => {
  await Promise.all(processes.splice(0).map((it) => it.kill('SIGKILL')));
  await Promise.all(feeds.splice(0).map((feed) => feed.remove()));
  api.requests.length = 0;
});

afterAll(async () => {
  await api?.stop();
  await broker?.stop();
}, 30_000);

async function feedOf(spec: Parameters<typeof prepareFeed>[1]): Promise<FeedUnderTest> {
  const feed = await prepareFeed(broker, spec);
  feeds.push(feed);
  return feed;
}

async function run(feed: FeedUnderTest, killAt?: string): Promise<ProducerProcess> {
  const started = await startProducer(feed, killAt);
  processes.push(started);
  return started;
}

const until = (what: string, condition: () => Promise<boolean | undefined>) =>
  waitUntil(condition, { what, timeoutMs: 40_000 });

describe('a producer pod', () => {
  it('publishes every bar once, digit by digit, oldest first, with its lineage', async () => {
    api.answer = (_request, response) =>
      json(
        response,
        dailyBody({
          '2026-03-06': { close: '67260.37000000' },
          '2026-03-09': { close: '218.2000', volume: '1234567890123456789' },
        }),
      );
    const feed = await feedOf({ source: alphaVantageFeed(api.url) });
    const producer = await run(feed);
    await until('both bars', async () => (await producer.status()).published === 2);
    await until('some more polls', async () => api.requests.length > 4);

    const records = await feed.read('records');
    expect(valuesOf(records)).toEqual([
      {
        symbol: 'IBM',
        date: '2026-03-06',
        open: '1.0000',
        high: '2.50',
        low: '0.5',
        close: '67260.37000000',
        volume: '100',
      },
      {
        symbol: 'IBM',
        date: '2026-03-09',
        open: '1.0000',
        high: '2.50',
        low: '0.5',
        close: '218.2000',
        volume: '1234567890123456789',
      },
    ]);
    expect(records.map(({ key }) => key?.toString())).toEqual(['{"symbol":"IBM"}', '{"symbol":"IBM"}']);
    // Midnight in New York: before and after the clocks are set forward.
    expect(records.map(({ headers }) => headers.get('event_time'))).toEqual([
      '2026-03-06T05:00:00.000Z',
      '2026-03-09T04:00:00.000Z',
    ]);
    const [first] = records;
    expect(Object.fromEntries(first?.headers ?? [])).toMatchObject({ op: 'upsert', generation: '1' });
    expect(first?.headers.get('observed_at')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(new Set(records.map(({ headers }) => headers.get('poll'))).size).toBe(1);
    expect((await producer.get('/readyz')).status).toBe(200);
    expect((await producer.get('/healthz')).status).toBe(200);
    const metrics = (await producer.get('/metrics')).body;
    expect(metrics).toContain('tributary_records_published_total 2');
    expect(metrics).toMatch(/tributary_polls_total\{result="Unchanged"\} [1-9]/);
    expect(metrics).toMatch(/tributary_upstream_request_seconds_count [1-9]/);
    expect(metrics).toMatch(/tributary_cursor_lag_seconds -?\d/);
    expect(await producer.status()).toMatchObject({
      upstream: { healthy: true },
      kafka: { healthy: true },
      published: 2,
      deadLettered: 0,
    });
  });

  it('writes nothing at all when a poll changed nothing', async () => {
    api.answer = (_request, response) => json(response, dailyBody({ '2026-03-06': { close: '1.0' } }));
    const feed = await feedOf({ source: alphaVantageFeed(api.url) });
    const producer = await run(feed);
    await until('the bar', async () => (await producer.status()).published === 1);
    const ends = async () =>
      Promise.all(
        [feed.config.kafka.topic, feed.config.kafka.stateTopic].map((topic) =>
          feed.kafka.topicOffsets(topic),
        ),
      );
    const before = await ends();
    const requests = api.requests.length;
    await until('five more polls', async () => api.requests.length >= requests + 5);
    expect(await ends()).toEqual(before);
  });

  it('publishes a value that went and came back three times, over restarts too', async () => {
    let close = '1.10';
    api.answer = (_request, response) => json(response, dailyBody({ '2026-03-06': { close } }));
    const feed = await feedOf({ source: alphaVantageFeed(api.url) });
    for (const [index, value] of ['1.10', '1.1', '1.10'].entries()) {
      close = value;
      const producer = await run(feed);
      await until(`publication ${index + 1}`, async () => (await producer.status()).published === index + 1);
      expect(await producer.kill('SIGTERM')).toBe(0);
    }
    expect(valuesOf(await feed.read('records')).map((value) => value?.['close'])).toEqual([
      '1.10',
      '1.1',
      '1.10',
    ]);
  });

  it('stops when another producer takes over', async () => {
    api.answer = (_request, response) =>
      json(response, dailyBody({ [`2026-03-${10 + (api.requests.length % 18)}`]: { close: '1.0' } }));
    const feed = await feedOf({
      source: {
        ...alphaVantageFeed(api.url),
        alphaVantage: { ...alphaVantageFeed(api.url).alphaVantage, limits: [{ requests: 1000, per: '1s' }] },
      },
    });
    const first = await run(feed);
    await until(
      'the first to be ready',
      async () => (await first.get('/readyz').catch(() => ({ status: 0 }))).status === 200,
    );
    await run(feed);
    expect(await first.exited).toBe(1);
    expect(first.output.join('')).toContain('KafkaFenced');
  });

  it('tells no one the key, even when the API echoes it with escapes', async () => {
    const escaped = [...API_KEY]
      .map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('');
    let body = `{"Information": "We have detected your API key as ${API_KEY} and our standard API rate limit is 25 requests per day. Please subscribe"}`;
    api.answer = (_request, response) => json(response, body);
    const feed = await feedOf({ source: alphaVantageFeed(api.url) });
    const producer = await run(feed);
    await until('the refusal', async () => (await producer.status()).upstream.reason === 'QuotaExhausted');
    const refused = await producer.get('/status');
    await producer.kill('SIGTERM');
    body = dailyBody({ '2026-03-06': { close: '1.0' } })
      .replace('"2.50"', `"${escaped}"`)
      .replace('"0.5"', `"${API_KEY}"`);
    const again = await run(feed);
    await until('the record', async () => (await again.status()).published === 1);
    const texts = [
      refused.body,
      (await again.get('/status')).body,
      ...producer.output,
      ...again.output,
      ...[...(await feed.read('records')), ...(await feed.read('state'))].map(
        ({ key, value }) => `${key} ${value}`,
      ),
    ];
    expect(api.requests[0]).toContain(API_KEY);
    expect(texts.filter((text) => text.includes(API_KEY))).toEqual([]);
    expect(refused.body).toContain('[redacted]');
  });

  it('puts a record that cannot be read aside once, and the rest through', async () => {
    api.answer = (_request, response) =>
      json(response, dailyBody({ '2026-03-06': { close: '1.0' }, 'not a day': { close: '2.0' } }));
    const feed = await feedOf({ source: alphaVantageFeed(api.url) });
    const producer = await run(feed);
    await until('the good one', async () => (await producer.status()).published === 1);
    await until('more polls', async () => api.requests.length > 4);
    const letters = await feed.read('deadLetters');
    expect(letters).toHaveLength(1);
    expect(letters[0]?.headers.get('reason')).toContain('not a day');
    expect(letters[0]?.value?.toString()).toContain('"close":"2.0"');
    expect((await producer.status()).deadLettered).toBe(1);
  });

  it('says what it cannot act on, and waits for another config instead of failing again and again', async () => {
    const request = { url: `${api.url}/{{ window.middle }}` };
    const source = producerConfig().shape.source.parse({ http: { request, allowPrivate: true } });
    const feed = await feedOf({ source });
    const producer = await run(feed);
    await until(
      'the reason',
      async () => (await producer.status().catch(() => undefined))?.upstream.reason === 'NotYetSupported',
    );
    expect(await producer.status()).toMatchObject({ notYetSupported: ['spec.source.http.request'] });
    expect((await producer.get('/readyz')).status).toBe(503);
    expect(await producer.kill('SIGTERM')).toBe(0);
  });

  it.each([
    ['on one page', countedFeed],
    ['on many pages', pagedFeed],
    ['by windows of time', windowFeed],
    ['by windows, and of the past beside them', backfillFeed],
  ])(
    'loses nothing and repeats nothing, killed between every two steps, %s',
    async (_what, spec) => {
      const feed = await feedOf(spec(api.url));
      const { problems, kills } = await killAtEveryStep({
        feed,
        api,
        kills: KILL_POINTS.length,
        start: (killAt) => run(feed, killAt),
        seed: Date.now(),
      });
      expect(problems).toEqual([]);
      expect(Object.values(kills)).toEqual(KILL_POINTS.map(() => 1));
    },
    180_000,
  );
});
