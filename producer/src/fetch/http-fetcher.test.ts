import { brotliCompressSync, gzipSync } from 'node:zlib';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { json, startScriptedApi, type ScriptedApi } from '../testing/scripted-api.ts';
import { isPrivateAddress } from './address-guard.ts';
import { HttpFetcher, type FetcherOptions } from './http-fetcher.ts';

let api: ScriptedApi;
let other: ScriptedApi;
const seenByOther: Record<string, unknown>[] = [];

beforeAll(async () => {
  api = await startScriptedApi((_request, response) => json(response, {}));
  other = await startScriptedApi((request, response) => {
    seenByOther.push({ url: request.url, ...request.headers });
    json(response, { moved: true });
  });
});

afterAll(() => Promise.all([api.stop(), other.stop()]));

async function fetchFrom(url: string, options: Partial<FetcherOptions> = {}, method: 'GET' | 'POST' = 'GET') {
  const fetcher = new HttpFetcher({
    allowPrivate: true,
    timeoutMs: 5_000,
    userAgent: 'test',
    largestBytes: 100_000,
    ...options,
  });
  try {
    return await fetcher.fetch(
      { method, url: new URL(url), headers: [['x-api-key', 'SECRET']] },
      new AbortController().signal,
    );
  } finally {
    fetcher.close();
  }
}

const failure = (code: string, message: RegExp = /./) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('fetching from an API', () => {
  it('reads a body as it was sent, compressed or not', async () => {
    const body = '{"price":1.2300,"name":"Zürich"}';
    for (const [encoding, bytes] of [
      ['identity', Buffer.from(body)],
      ['gzip', gzipSync(body)],
      ['br', brotliCompressSync(body)],
    ] as const) {
      api.answer = (_request, response) =>
        response.writeHead(200, { 'content-encoding': encoding }).end(bytes);
      expect((await fetchFrom(api.url)).body).toBe(body);
    }
  });

  it('bounds the size of a body, also of one that only grows when it is unpacked', async () => {
    api.answer = (_request, response) => response.writeHead(200).end('x'.repeat(200_000));
    await expect(fetchFrom(api.url)).rejects.toEqual(failure('ResponseTooLarge'));
    api.answer = (_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(50_000_000)));
    await expect(fetchFrom(api.url)).rejects.toEqual(failure('ResponseTooLarge'));
  });

  it('has one deadline, for an answer that never comes and for one that never ends', async () => {
    api.answer = () => undefined;
    await expect(fetchFrom(api.url, { timeoutMs: 200 })).rejects.toEqual(
      failure('Unreachable', /within 0.2 s/),
    );
    const drips: NodeJS.Timeout[] = [];
    api.answer = (_request, response) => {
      response.writeHead(200);
      drips.push(setInterval(() => response.write(' '), 20));
    };
    await expect(fetchFrom(api.url, { timeoutMs: 300 })).rejects.toEqual(
      failure('Unreachable', /within 0.3 s/),
    );
    drips.forEach(clearInterval);
  });

  it('says that a connection was broken, without the URL that may hold the key', async () => {
    api.answer = (request) => request.socket.destroy();
    await expect(fetchFrom(`${api.url}/?apikey=SECRET`)).rejects.toEqual(
      failure('Unreachable', /^((?!SECRET).)*$/),
    );
    const closed = createServer();
    await new Promise<void>((resolve) => {
      closed.listen(0, '127.0.0.1', resolve);
    });
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => {
      closed.close(resolve);
    });
    await expect(fetchFrom(`http://127.0.0.1:${port}/?apikey=SECRET`)).rejects.toEqual(
      failure('Unreachable', /ECONNREFUSED/),
    );
  });

  it.each([
    [401, 'AuthFailed'],
    [403, 'AuthFailed'],
    [404, 'BadRequest'],
    [406, 'BadRequest'],
  ])('takes status %i for %s, and says what the API said', async (status, code) => {
    api.answer = (_request, response) => response.writeHead(status).end('{"detail":"why"}');
    await expect(fetchFrom(api.url)).rejects.toEqual(failure(code, /why/));
  });

  it.each([
    [429, 'RateLimited'],
    [408, 'UpstreamFailed'],
    [500, 'UpstreamFailed'],
    [503, 'UpstreamFailed'],
  ])('takes status %i for %s, without words that differ each time', async (status, code) => {
    api.answer = (_request, response) => response.writeHead(status).end(`{"request":"${Math.random()}"}`);
    await expect(fetchFrom(api.url)).rejects.toMatchObject({
      code,
      message: `the API answered with status ${status}`,
    });
  });

  it('takes secrets out before it cuts', async () => {
    const secret = 'k'.repeat(40);
    const fetcher = new HttpFetcher({
      allowPrivate: true,
      timeoutMs: 5_000,
      userAgent: 'test',
      redact: (text) => text.replaceAll(secret, '[redacted]'),
    });
    api.answer = (_request, response) => response.writeHead(403).end('x'.repeat(280) + secret);
    try {
      const error: unknown = await fetcher
        .fetch({ method: 'GET', url: new URL(api.url), headers: [] }, AbortSignal.timeout(5_000))
        .catch((reason: unknown) => reason);
      expect((error as Error).message).toContain('[redacted]');
      expect((error as Error).message).not.toContain('kkkk');
    } finally {
      fetcher.close();
    }
  });

  it('waits as Retry-After says, in seconds or until a date', async () => {
    api.answer = (_request, response) => response.writeHead(429, { 'retry-after': '7' }).end();
    await expect(fetchFrom(api.url)).rejects.toMatchObject({ code: 'RateLimited', retryAfterMs: 7_000 });
    api.answer = (_request, response) =>
      response.writeHead(503, { 'retry-after': new Date(Date.now() + 60_000).toUTCString() }).end();
    const error: unknown = await fetchFrom(api.url).catch((reason: unknown) => reason);
    expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(50_000);
    api.answer = (_request, response) => response.writeHead(429, { 'retry-after': '99999999999' }).end();
    await expect(fetchFrom(api.url)).rejects.toMatchObject({ retryAfterMs: 86_400_000 });
  });
});

describe('a redirect', () => {
  it('is followed with the credentials on the same host, and without them to another', async () => {
    const keys: unknown[] = [];
    api.answer = (request, response, url) => {
      keys.push(request.headers['x-api-key']);
      if (url.pathname === '/') response.writeHead(302, { location: '/here' }).end();
      else response.writeHead(301, { location: `${other.url}/there` }).end();
    };
    expect(JSON.parse((await fetchFrom(api.url)).body)).toEqual({ moved: true });
    expect(keys).toEqual(['SECRET', 'SECRET']);
    expect(JSON.stringify(seenByOther)).not.toContain('SECRET');
  });

  it('is not followed for ever, to nowhere, away from https, or with a body', async () => {
    api.answer = (_request, response) => response.writeHead(302, { location: '/' }).end();
    await expect(fetchFrom(api.url)).rejects.toEqual(failure('UpstreamFailed', /more than 5/));
    await expect(fetchFrom(api.url, {}, 'POST')).rejects.toEqual(failure('BadRequest'));
    api.answer = (_request, response) => response.writeHead(302, { location: 'http://[' }).end();
    await expect(fetchFrom(api.url)).rejects.toEqual(failure('UpstreamFailed'));
    api.answer = (_request, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end();
    await expect(fetchFrom(api.url)).rejects.toEqual(failure('AddressRefused'));
  });
});

describe('private addresses', () => {
  it('are refused as literals, by name, and in every spelling', async () => {
    const { port } = new URL(api.url);
    const requests = api.requests.length;
    for (const host of [
      '127.0.0.1',
      'localhost',
      '2130706433',
      '0x7f.1',
      '0177.0.0.1',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '0.0.0.0',
      '169.254.169.254',
    ])
      await expect(fetchFrom(`http://${host}:${port}/`, { allowPrivate: false })).rejects.toEqual(
        failure('AddressRefused'),
      );
    expect(api.requests.length).toBe(requests);
  });

  it.each([
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.169.254',
    '127.8.9.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '64:ff9b::a00:1',
  ])('%s is one', (address) => {
    expect(isPrivateAddress(address)).toBe(true);
  });

  it.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '::ffff:8.8.8.8'])(
    '%s is none',
    (address) => {
      expect(isPrivateAddress(address)).toBe(false);
    },
  );
});
