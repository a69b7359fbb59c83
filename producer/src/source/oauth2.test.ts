import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { producerConfig } from '@tributary/api';
import { SecretFolder, SecretRegistry } from '@tributary/runtime';
import { HttpFetcher } from '../fetch/http-fetcher.ts';
import { json, startScriptedApi, type ScriptedApi } from '../testing/scripted-api.ts';
import { compileSource, type FeedSource, type RequestContext } from './feed-source.ts';
import { seal, unseal } from './sealed-token.ts';

let endpoint: ScriptedApi;
let folder: string;
let fetcher: HttpFetcher;
let registry: SecretRegistry;
let now = 0;
let kept: string | undefined;
/** Forms that the token endpoint was sent. */
let asked: (Record<string, string> & { authorization?: string })[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-oauth2-'));
  mkdirSync(join(folder, 'api'));
  fetcher = new HttpFetcher({ allowPrivate: true, timeoutMs: 5_000, userAgent: 'test' });
  endpoint = await startScriptedApi(() => undefined);
});

beforeEach(() => {
  [now, kept, asked] = [Date.now(), undefined, []];
  for (const [name, text] of Object.entries({ id: 'client', secret: 's3cr3t', refresh: 'refresh-0' }))
    writeFileSync(join(folder, 'api', name), text);
  answerWith((count) => ({ access_token: `access-${count}`, expires_in: 600 }));
});

afterAll(async () => {
  fetcher.close();
  await endpoint.stop();
  rmSync(folder, { recursive: true, force: true });
});

function answerWith(grant: (count: number) => object, status = 200): void {
  endpoint.answer = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { authorization } = request.headers;
      asked.push({
        ...Object.fromEntries(new URLSearchParams(Buffer.concat(chunks).toString())),
        ...(authorization === undefined ? {} : { authorization }),
      });
      json(response, grant(asked.length), status);
    });
  };
}

const from = (key: string) => ({ secretKeyRef: { name: 'api', key } });

function source(oauth2: Record<string, unknown> = {}): FeedSource {
  registry = new SecretRegistry();
  const parsed = producerConfig().shape.source.parse({
    http: {
      request: { url: 'https://api.example.com/' },
      auth: {
        oauth2: {
          tokenUrl: `${endpoint.url}/token`,
          clientIdFrom: from('id'),
          clientSecretFrom: from('secret'),
          ...oauth2,
        },
      },
    },
  });
  return compileSource(parsed, new SecretFolder(folder, registry));
}

const context = (): RequestContext => ({
  now: () => now,
  fetch: (request) => fetcher.fetch(request, AbortSignal.timeout(5_000)),
  kept: {
    read: () => kept,
    write: (text) => {
      kept = text;
      return Promise.resolve();
    },
  },
});

const bearerOf = async (it: FeedSource): Promise<string | undefined> =>
  (await it.request({ token: undefined, cursor: undefined }, context())).headers[0]?.[1];

describe('client credentials', () => {
  it('give a token that is used until shortly before its end, and hidden', async () => {
    const it = source({ scopes: ['read', 'list'], parameters: [{ name: 'audience', value: 'x' }] });
    expect([await bearerOf(it), await bearerOf(it)]).toEqual(['Bearer access-1', 'Bearer access-1']);
    expect(asked).toEqual([
      {
        grant_type: 'client_credentials',
        scope: 'read list',
        audience: 'x',
        client_id: 'client',
        client_secret: 's3cr3t',
      },
    ]);
    now += 541_000;
    expect(await bearerOf(it)).toBe('Bearer access-2');
    expect(registry.redact('access-1 access-2 s3cr3t')).toBe('access-1 [redacted] [redacted]');
  });

  it('may go as HTTP Basic', async () => {
    await bearerOf(source({ clientAuth: 'basic' }));
    expect(asked).toEqual([
      { grant_type: 'client_credentials', authorization: `Basic ${btoa('client:s3cr3t')}` },
    ]);
  });

  it('are read again when they are rotated, and when the API refuses the token', async () => {
    const it = source();
    await bearerOf(it);
    writeFileSync(join(folder, 'api', 'secret'), 'rotated');
    expect(await bearerOf(it)).toBe('Bearer access-2');
    expect(asked[1]).toMatchObject({ client_secret: 'rotated' });
    expect([it.refused?.(), it.refused?.()]).toEqual([true, false]);
    expect(await bearerOf(it)).toBe('Bearer access-3');
  });

  it('that are refused, or get no token, are told as AuthFailed', async () => {
    answerWith(() => ({ error: 'invalid_client' }), 400);
    await expect(bearerOf(source())).rejects.toMatchObject({
      code: 'AuthFailed',
      message: expect.stringContaining('invalid_client'),
    });
    answerWith(() => ({ token: 'x' }));
    await expect(bearerOf(source())).rejects.toMatchObject({ code: 'AuthFailed' });
    answerWith(() => ({}), 503);
    await expect(bearerOf(source())).rejects.toMatchObject({ code: 'UpstreamFailed' });
  });
});

describe('a refresh token', () => {
  const rotating = { refreshTokenFrom: from('refresh') };

  it('that the provider replaces is kept over restarts, sealed', async () => {
    answerWith((count) => ({
      access_token: `access-${count}`,
      expires_in: 600,
      refresh_token: `refresh-${count}`,
    }));
    await bearerOf(source(rotating));
    expect(kept).not.toContain('refresh-1');
    await bearerOf(source(rotating));
    await bearerOf(source(rotating));
    expect(asked.map(({ refresh_token: token }) => token)).toEqual(['refresh-0', 'refresh-1', 'refresh-2']);
    expect(registry.redact('refresh-2 refresh-3')).toBe('[redacted] [redacted]');
  });

  it('and the access token are secrets as long as they open something, and do not pile up', async () => {
    answerWith((count) => ({ access_token: `access-${count}`, refresh_token: `refresh-${count}` }));
    const it = source(rotating);
    for (let count = 1; count <= 4; count += 1) {
      await bearerOf(it);
      expect(it.refused?.()).toBe(true);
    }
    expect(registry.redact('access-4 refresh-0 refresh-2 refresh-3 refresh-4')).toBe(
      'access-4 [redacted] refresh-2 [redacted] [redacted]',
    );
  });

  it('gives way to another one in the Secret', async () => {
    answerWith((count) => ({ access_token: `access-${count}`, refresh_token: `refresh-${count}` }));
    await bearerOf(source(rotating));
    writeFileSync(join(folder, 'api', 'refresh'), 'renewed by hand');
    await bearerOf(source(rotating));
    expect(asked[1]).toMatchObject({ refresh_token: 'renewed by hand' });
  });

  it('is sealed by the client secret', () => {
    const sealed = seal('text', 'secret');
    expect([unseal(sealed, 'secret'), unseal(sealed, 'other'), unseal('AAAA', 'secret')]).toEqual([
      'text',
      undefined,
      undefined,
    ]);
    expect(seal('text', 'secret')).not.toBe(sealed);
  });
});
