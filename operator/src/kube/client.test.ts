import { afterEach, describe, expect, it } from '@jest/globals';
import { KubeApiError } from './errors.ts';
import type { KubeMetrics } from './metrics.ts';
import { noMetrics } from './metrics.ts';
import type { ConfigMap } from './kinds.ts';
import { ConfigMapResource, PodResource, SecretResource } from './resources.ts';
import { FakeClock } from './testing/fake-clock.ts';
import {
  type Answer,
  configMap,
  listOf,
  openWatch,
  type ScriptedServer,
  sendJson,
  sendStatus,
  startScriptedServer,
  until,
} from './testing/scripted-server.ts';

let server: ScriptedServer;
const start = async (answer: Answer) => {
  server = await startScriptedServer(answer);
};
afterEach(async () => server[Symbol.asyncDispose]());

const failure = async (promise: Promise<unknown>): Promise<KubeApiError> => {
  const error: unknown = await promise.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof KubeApiError)) throw error;
  return error;
};

describe('requests', () => {
  it('carry the credentials and the user agent, and share connections', async () => {
    const seen = new Set<string>();
    await start((request, response) => {
      seen.add(`${request.headers.authorization} ${request.headers['user-agent']}`);
      sendJson(response, configMap('a', '1'));
    });
    const client = server.client();
    for (let i = 0; i < 20; i += 1) await client.get(ConfigMapResource, 'a', 'default');
    expect([...seen]).toEqual(['Bearer secret tributary-test']);
    // The pool may open a second one while the first has not yet been given back.
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it('give undefined for what does not exist, and false for a delete of it', async () => {
    await start((_, response) => sendStatus(response, 404, 'NotFound'));
    expect(await server.client().get(PodResource, 'a', 'b')).toBeUndefined();
    expect(await server.client().delete(PodResource, 'a', 'b')).toBe(false);
  });

  it('fail with the code and reason of the server', async () => {
    await start((_, response) => sendStatus(response, 409, 'AlreadyExists'));
    const error = await failure(server.client().create(ConfigMapResource, configMap('a', '')));
    expect([error.code, error.reason, error.isAlreadyExists, error.isConflict]).toEqual([
      409,
      'AlreadyExists',
      true,
      false,
    ]);
  });

  it('show what a proxy in between says when it is no Status', async () => {
    await start((_, response) => response.writeHead(502).end('<html>bad gateway</html>'));
    const error = await failure(server.client().list(PodResource));
    expect(error.code).toBe(502);
    expect(error.message).toContain('bad gateway');
  });

  it('page through a list, and take it whole when the snapshot behind the pages expires', async () => {
    await start((request, response) => {
      const query = new URL(request.url ?? '', server.url).searchParams;
      if (query.get('limit') === null)
        sendJson(response, listOf([configMap('a', '1'), configMap('b', '2')], '9'));
      else if (query.get('continue') === null)
        sendJson(response, {
          metadata: { resourceVersion: '7', continue: 'next' },
          items: [configMap('a', '1')],
        });
      else sendStatus(response, 410, 'Expired');
    });
    const list = await server.client().list(ConfigMapResource, { labelSelector: 'a=b' });
    expect(list.items.map((item) => item.metadata.name)).toEqual(['a', 'b']);
    expect(list.resourceVersion).toBe('9');
    expect(server.requests.every((line) => line.includes('labelSelector=a%3Db'))).toBe(true);
  });

  it('hand the items of a list over page by page, and keep what comes back', async () => {
    const events: string[] = [];
    await start((request, response) => {
      const next = new URL(request.url ?? '', server.url).searchParams.get('continue');
      events.push(`page ${next ?? 'first'}`);
      const [name, metadata] =
        next === null ? ['a', { resourceVersion: '7', continue: 'second' }] : ['b', { resourceVersion: '7' }];
      sendJson(response, { metadata, items: [configMap(name, '1')] });
    });
    const keep = (map: ConfigMap): ConfigMap => {
      events.push(`keep ${map.kind} ${map.metadata.name}`);
      return { ...map, data: { kept: 'true' } };
    };
    const { items } = await server.client().list(ConfigMapResource, { keep });
    expect(events).toEqual(['page first', 'keep ConfigMap a', 'page second', 'keep ConfigMap b']);
    expect(items.map(({ data }) => data)).toEqual([{ kept: 'true' }, { kept: 'true' }]);
  });

  it('ask for metadata only by the Accept header, and name the real kind', async () => {
    let accept: string | undefined;
    await start((request, response) => {
      accept = request.headers.accept;
      sendJson(response, {
        metadata: { resourceVersion: '1' },
        items: [{ metadata: { name: 's', namespace: 'n' } }],
      });
    });
    const { items } = await server.client().list(SecretResource, { metadataOnly: true });
    expect(accept).toContain('as=PartialObjectMetadataList');
    expect(items[0]).toEqual({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'n' } });
  });
});

describe('a server under pressure', () => {
  it.each([
    ['seconds', '7', 7_000],
    ['a date', new Date(new FakeClock().now() + 7_000).toUTCString(), 7_000],
    ['more seconds than anybody waits', '3600', 30_000],
  ])('is asked again as late as it says by %s', async (_, retryAfter, laterMs) => {
    const clock = new FakeClock();
    await start((request, response) => {
      const first = request.url !== '/readyz' && server.requests.length === 1;
      if (first) sendStatus(response, 429, 'TooManyRequests', { 'retry-after': retryAfter });
      else sendJson(response, configMap('a', '1'));
    });
    let retries = 0;
    const metrics: KubeMetrics = { ...noMetrics, requestRetried: () => (retries += 1) };
    // Never sooner, and by the first back-off later.
    const asked = server.client({ clock, random: () => 0, metrics }).get(ConfigMapResource, 'a', 'b');
    await until(() => retries === 1);
    await clock.advance(laterMs + 99);
    // What was sent sooner has come by the time when this is answered.
    await server.client().text('/readyz');
    expect(server.requests).toHaveLength(2);
    await clock.advance(1);
    expect((await asked)?.metadata.name).toBe('a');
  });

  it('is asked again after 429 a bounded number of times', async () => {
    const retries: string[] = [];
    const metrics: KubeMetrics = {
      ...noMetrics,
      requestRetried: (method, _, code) => retries.push(`${method} ${code}`),
    };
    await start((_, response) => sendStatus(response, 429, 'TooManyRequests', { 'retry-after': '0' }));
    const client = server.client({ limits: { maxRetries: 2 }, random: () => 0.99, metrics });
    const error = await failure(client.create(ConfigMapResource, configMap('a', '')));
    expect(error.isTooManyRequests).toBe(true);
    expect(retries).toEqual(['POST 429', 'POST 429']);
    expect(server.requests).toHaveLength(3);
  });

  it('gets a write through once a 429 storm of many writers ends', async () => {
    const storm = { left: 30 };
    await start((_, response) => {
      if (storm.left-- > 0) sendStatus(response, 429, 'TooManyRequests', { 'retry-after': '0' });
      else sendJson(response, configMap('a', '1'), 201);
    });
    const client = server.client();
    const writes = Array.from({ length: 20 }, (_, i) =>
      client.create(ConfigMapResource, configMap(`a${i}`, '')),
    );
    expect(await Promise.all(writes)).toHaveLength(20);
    expect(server.requests).toHaveLength(50);
  });

  it('is asked again after a 503 that says when, but a write is not repeated after a bare 500', async () => {
    let times = 0;
    await start((request, response) => {
      if (request.method === 'POST') sendStatus(response, 500, 'InternalError');
      else if (times++ === 0) sendStatus(response, 503, 'ServiceUnavailable', { 'retry-after': '0' });
      else sendJson(response, configMap('a', '1'));
    });
    expect((await server.client().get(ConfigMapResource, 'a', 'b'))?.metadata.name).toBe('a');
    expect((await failure(server.client().create(ConfigMapResource, configMap('a', '')))).code).toBe(500);
    expect(server.requests.filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });

  it('is not waited for longer than the caller wants', async () => {
    await start((_, response) => sendStatus(response, 429, 'TooManyRequests', { 'retry-after': '20' }));
    const stop = new AbortController();
    const asked = server.client().get(ConfigMapResource, 'a', 'b', stop.signal);
    await until(() => server.requests.length === 1);
    stop.abort(new Error('shutting down'));
    await expect(asked).rejects.toThrow('shutting down');
  });

  it('asks before each try whether it may still write', async () => {
    await start((_, response) => sendStatus(response, 429, 'TooManyRequests', { 'retry-after': '0' }));
    let tries = 0;
    const beforeTry = () => {
      if (++tries > 2) throw new Error('no longer leader');
    };
    const write = server.client().create(ConfigMapResource, configMap('a', ''), { beforeTry });
    await expect(write).rejects.toThrow('no longer leader');
    expect(server.requests).toHaveLength(2);
  });
});

describe('a broken way to the server', () => {
  it('ends a request that is never answered by its deadline', async () => {
    await start(() => undefined);
    const error = await failure(server.client({ limits: { requestTimeoutMs: 50 } }).list(PodResource));
    expect([error.code, error.reason, error.isTransient]).toEqual([0, 'Timeout', true]);
  });

  it('ends an answer that never ends by the same deadline', async () => {
    await start((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"items": [');
    });
    const error = await failure(server.client({ limits: { requestTimeoutMs: 50 } }).list(PodResource));
    expect(error.reason).toBe('Timeout');
  });

  it('repeats a read whose connection broke, and leaves a write to its caller', async () => {
    let times = 0;
    await start((request, response) => {
      if (request.method === 'POST' || times++ === 0) response.socket?.destroy();
      else sendJson(response, configMap('a', '1'));
    });
    expect((await server.client().get(ConfigMapResource, 'a', 'b'))?.metadata.name).toBe('a');
    const error = await failure(server.client().create(ConfigMapResource, configMap('a', '')));
    expect([error.code, error.reason]).toEqual([0, 'ConnectionFailed']);
    expect(server.requests.filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });

  it('refuses an answer beyond the size limit', async () => {
    await start((_, response) =>
      sendJson(response, listOf([configMap('a', '1', { x: 'y'.repeat(10_000) })], '1')),
    );
    const error = await failure(
      server.client({ limits: { maxResponseBytes: 5_000 } }).list(ConfigMapResource),
    );
    expect(error.reason).toBe('ResponseTooLarge');
  });

  it('says so when the answer is no JSON', async () => {
    await start((_, response) => response.end('hello'));
    expect((await failure(server.client().list(PodResource))).reason).toBe('InvalidResponse');
  });

  it('reads the credentials again after a 401, once', async () => {
    const tokens: string[] = [];
    await start((request, response) => {
      tokens.push(request.headers.authorization ?? '');
      if (request.headers.authorization === 'Bearer new') sendJson(response, configMap('a', '1'));
      else sendStatus(response, 401, 'Unauthorized');
    });
    const load = async (fresh: boolean) => ({
      server: server.url,
      tls: {},
      headers: { authorization: fresh ? 'Bearer new' : 'Bearer old' },
    });
    expect(await server.client({ credentials: { load } }).get(ConfigMapResource, 'a', 'b')).toBeDefined();
    expect(tokens).toEqual(['Bearer old', 'Bearer new']);
    const never = { load: async () => ({ server: server.url, tls: {}, headers: {} }) };
    expect((await failure(server.client({ credentials: never }).list(PodResource))).isUnauthorized).toBe(
      true,
    );
    expect(tokens).toHaveLength(4);
  });
});

describe('a watch', () => {
  const collect = async (limits: object, take: number) => {
    const stop = new AbortController();
    const events: string[] = [];
    for await (const { type, object } of server
      .client({ limits })
      .watch(ConfigMapResource, { resourceVersion: '1' }, stop.signal)) {
      events.push(`${type} ${object.metadata.name}`);
      if (events.length >= take) stop.abort();
    }
    return events;
  };

  it('puts events together however the bytes were cut', async () => {
    await start((_, response) => {
      response.writeHead(200);
      const text = ['ü1', 'ö2', 'ä3']
        .map((name) => JSON.stringify({ type: 'ADDED', object: configMap(name, '1') }))
        .join('\n');
      const bytes = Buffer.from(`${text}\n`);
      const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_unused, i) =>
        bytes.subarray(i * 7, i * 7 + 7),
      );
      for (const piece of pieces) response.write(piece);
      response.end();
    });
    expect(await collect({}, 99)).toEqual(['ADDED ü1', 'ADDED ö2', 'ADDED ä3']);
  });

  it('notices a half-open connection by its silence', async () => {
    await start((_, response) => openWatch(response).event('ADDED', configMap('a', '1')));
    const error = await failure(collect({ watchIdleMs: 80 }, 99));
    expect([error.code, error.reason]).toEqual([0, 'WatchIdle']);
  });

  it('is kept alive by bookmarks, and does not blame the server for a slow reader', async () => {
    await start((_, response) => {
      const watch = openWatch(response);
      const beat = setInterval(() => watch.event('BOOKMARK', configMap('', '5')), 40);
      response.on('close', () => clearInterval(beat));
    });
    const stop = new AbortController();
    let bookmarks = 0;
    for await (const { type } of server
      .client({ limits: { watchIdleMs: 400 } })
      .watch(ConfigMapResource, { resourceVersion: '1' }, stop.signal)) {
      expect(type).toBe('BOOKMARK');
      if (++bookmarks === 1) await new Promise((resolve) => setTimeout(resolve, 600));
      if (bookmarks === 12) break;
    }
    expect(bookmarks).toBe(12);
  });

  it('fails on a connection that breaks within an event', async () => {
    await start((_, response) => {
      response.writeHead(200);
      response.write('{"type":"ADDED","object":{"metadata":', () => response.socket?.destroy());
    });
    expect((await failure(collect({}, 99))).reason).toBe('ConnectionFailed');
  });

  it('fails on an answer that ends within an event, however tidily', async () => {
    await start((_, response) => response.end('{"type":"ADDED","object":{"metadata":'));
    expect((await failure(collect({}, 99))).reason).toBe('ConnectionFailed');
  });

  it('throws the server’s 410, before or within the stream', async () => {
    await start((request, response) => {
      if (request.url?.includes('resourceVersion=1')) {
        openWatch(response).event('ERROR', {
          kind: 'Status',
          code: 410,
          reason: 'Expired',
          message: 'too old',
        });
      }
    });
    expect((await failure(collect({}, 99))).isGone).toBe(true);
  });

  it('refuses an event beyond the size limit', async () => {
    await start((_, response) =>
      openWatch(response).event('ADDED', configMap('a', '1', { x: 'y'.repeat(9_000) })),
    );
    expect((await failure(collect({ maxEventBytes: 5_000 }, 99))).reason).toBe('ResponseTooLarge');
  });
});
