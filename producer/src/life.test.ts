import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { producerConfig, type ProducerConfig } from '@tributary/api';
import { startTestBroker, waitUntil, type TestBroker } from '@tributary/local/testing';
import { prepareFeed, valuesOf, type FeedUnderTest } from './testing/feed-under-test.ts';
import { startProducer, type ProducerProcess } from './testing/producer-process.ts';
import { json, startScriptedApi, type ScriptedApi } from './testing/scripted-api.ts';

let broker: TestBroker;
let api: ScriptedApi;
const feeds: FeedUnderTest[] = [];
const processes: ProducerProcess[] = [];

beforeAll(async () => {
  broker = await startTestBroker();
  api = await startScriptedApi((_request, response) => json(response, []));
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

const COLUMNS = [
  { name: 'id', role: 'key', type: 'string' },
  { name: 'time', role: 'time', type: 'timestamp' },
] as unknown as ProducerConfig['columns'];

async function run(
  http: Record<string, unknown>,
): Promise<{ feed: FeedUnderTest; producer: ProducerProcess }> {
  const source = producerConfig().shape.source.parse({
    http: { request: { url: `${api.url}/events` }, allowPrivate: true, ...http },
  });
  const feed = await prepareFeed(broker, { source, columns: COLUMNS });
  feeds.push(feed);
  return { feed, producer: await again(feed) };
}

async function again(feed: FeedUnderTest): Promise<ProducerProcess> {
  const producer = await startProducer(feed);
  processes.push(producer);
  return producer;
}

const event = (id: string | number) => ({ id: String(id), time: '2026-01-01T00:00:00Z' });
const ids = async (feed: FeedUnderTest) => valuesOf(await feed.read('records')).map((value) => value?.['id']);
const until = (what: string, condition: () => Promise<boolean | undefined> | boolean) =>
  waitUntil(condition, { what, timeoutMs: 60_000 });
const reason = async (producer: ProducerProcess) =>
  (await producer.status().catch(() => undefined))?.upstream.reason;

describe('the life of a producer', () => {
  it('ends cleanly in the middle of a page, and goes on there', async () => {
    let slow = true;
    api.answer = (_request, response, url) => {
      const page = Number(url.searchParams.get('p') ?? '1');
      if (page === 3 && slow) return; // it never answers
      json(response, page <= 4 ? [event(page)] : []);
    };
    const { feed, producer } = await run({ pagination: { page: { parameter: 'p', size: 1 } } });
    // Which is while the second is committed, and that is let finish.
    await until('the third page', () => api.requests.some((path) => path.includes('p=3')));
    const began = performance.now();
    expect(await producer.kill('SIGTERM')).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    slow = false;
    api.requests.length = 0;
    const next = await again(feed);
    await until('the rest', async () => (await next.status().catch(() => undefined))?.published === 4);
    expect(api.requests[0]).toContain('p=3');
    expect(await ids(feed)).toEqual(['1', '2', '3', '4']);
  });

  it('uses rotated credentials without a restart', async () => {
    // Both hold for a while, as a request may be on its way when the Secret changes.
    const shown = new Map([
      ['Bearer KEY-4711-secret', 1],
      ['Bearer KEY-0815-rotated', 2],
    ]);
    api.answer = (request, response) => {
      const id = shown.get(request.headers.authorization ?? '');
      if (id === undefined) json(response, { error: 'no' }, 401);
      else json(response, [event(id)]);
    };
    const from = { secretKeyRef: { name: 'api', key: 'key' } };
    const { feed, producer } = await run({ auth: { bearer: { tokenFrom: from } } });
    await until('the first', async () => (await producer.status()).published === 1);
    const file = join(feed.environment['TRIBUTARY_SOURCE_SECRETS_DIR'] ?? '', 'api', 'key');
    writeFileSync(file, 'KEY-0815-rotated');
    await until('the second', async () => (await producer.status()).published === 2);
    expect(producer.output.join('')).not.toContain('KEY-');
  });

  it('outlives an API that goes away and comes back, and tells of both', async () => {
    let up = true;
    let shown = 1;
    api.answer = (request, response) => (up ? json(response, [event(shown)]) : void request.socket.destroy());
    const { producer } = await run({});
    await until('the first', async () => (await producer.status()).published === 1);
    up = false;
    await until('the reason', async () => (await reason(producer)) === 'Unreachable');
    [up, shown] = [true, 2];
    await until('the second', async () => (await producer.status()).published === 2);
    expect(await reason(producer)).toBe('Answering');
    const metrics = (await producer.get('/metrics')).body;
    expect(metrics).toMatch(/tributary_polls_total\{result="Unreachable"\} [1-9]/);
    expect(metrics).toMatch(/tributary_polls_total\{result="Published"\} 2/);
    expect(metrics).toContain('tributary_records_published_total 2');
  });

  it('tells what is left of the quota, and when it goes on', async () => {
    api.answer = (_request, response) => json(response, [event(1)]);
    // Hours away, so that no run of the test comes near it.
    const reset = new Date(Math.ceil(Date.now() / 3_600_000 + 6) * 3_600_000).toISOString();
    const { producer } = await run({ limits: [{ requests: 3, per: '1d', resets: reset.slice(11, 16) }] });
    await until('the limit', async () => {
      const { quota } = await producer.status();
      return quota.remaining === 0 && quota.exhausted;
    });
    expect((await producer.get('/metrics')).body).toContain('tributary_quota_remaining 0');
    expect(api.requests).toHaveLength(3);
    const { quota, nextPollAt } = await producer.status();
    expect(quota).toMatchObject({ exhausted: true, resumesAt: reset });
    expect(Math.abs(Date.parse(nextPollAt ?? '') - Date.parse(reset))).toBeLessThan(1_000);
  });

  it('outlives a broker that is killed and comes back, without loss or repetition', async () => {
    let shown = 1;
    api.answer = (_request, response) => json(response, [event(shown)]);
    const { feed, producer } = await run({});
    await until('the first', async () => (await producer.status()).published === 1);
    await broker.kill();
    shown = 2;
    await until('the failure', async () => (await producer.status()).kafka.healthy === false);
    await broker.restart();
    await until('the second', async () => (await producer.status()).published === 2);
    expect(await ids(feed)).toEqual(['1', '2']);
    expect((await producer.get('/healthz')).status).toBe(200);
  }, 180_000);
});
