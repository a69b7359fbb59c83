import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SecretRegistry } from '@tributary/runtime';
import { openDatabricksVolume } from '../pod/open-volume.ts';
import { healthOf } from './volume-health.ts';

/** What stands on `/status`, and from there in the condition Landed, when Databricks says no. */
const VOLUME = { catalog: 'main', schema: 'landing', volume: 'feeds' };
let dir: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const server = createServer((request, response) => answer(request, response));

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tributary-health-'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await put({ host: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'dapi-first' });
});
afterEach(async () => {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
  await rm(dir, { recursive: true, force: true });
});

async function put(files: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
}

const says = (status: number, code: string, message: string, headers: Record<string, string> = {}) => {
  answer = (request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ error_code: code, message }));
  };
};

/** One upload, as the consumer makes it. */
async function upload(): Promise<'created' | 'exists'> {
  const { volume, close } = await openDatabricksVolume(VOLUME, dir, new SecretRegistry());
  try {
    return await volume.create('ns.feed/id/schema-1/2026-11-25/0-0.csv', Buffer.from('x'));
  } finally {
    close();
  }
}

const refusal = async (): Promise<unknown> =>
  upload().then(
    () => undefined,
    (error: unknown) => healthOf(error),
  );

describe('a refused upload', () => {
  it.each([
    [
      403,
      'PERMISSION_DENIED',
      'no',
      'PermissionDenied',
      /grant READ VOLUME and WRITE VOLUME on main\.landing\.feeds, and USE CATALOG/,
    ],
    [
      404,
      'NOT_FOUND',
      "Volume 'main.landing.feeds' does not exist.",
      'VolumeMissing',
      /create the volume main\.landing\.feeds/,
    ],
    [
      404,
      'NOT_FOUND',
      "Schema 'main.landing' does not exist.",
      'VolumeMissing',
      /create the schema of the volume main\.landing\.feeds/,
    ],
    [401, 'UNAUTHENTICATED', 'no', 'AuthFailed', /check the token/],
    [400, 'BAD_REQUEST', 'a strange path', 'RequestRefused', /a strange path/],
  ])('with %i %s %j is told as what to do', async (status, code, message, reason, words) => {
    says(status, code, message);
    expect(await refusal()).toMatchObject({ healthy: false, reason, message: expect.stringMatching(words) });
  });

  it('for want of patience names no one', async () => {
    says(429, 'REQUEST_LIMIT_EXCEEDED', 'slow down', { 'retry-after': '3000' });
    expect(await refusal()).toMatchObject({
      reason: 'RateLimited',
      message: expect.stringContaining('slow down'),
    });
  });

  it('by the login names the login, whatever its status and code', async () => {
    await put({ clientId: 'sp', subjectToken: 'header.claims.signature' });
    says(400, 'invalid_grant', 'no federation policy matches');
    const health = await refusal();
    expect(health).toMatchObject({
      reason: 'AuthFailed',
      message: expect.stringContaining('federation policy'),
    });
    expect(JSON.stringify(health)).not.toContain('header.claims');
  });
});

it('a token counts before a client that has no secret, as where the operator chooses', async () => {
  await put({ clientId: 'sp' });
  let seen: string | undefined;
  answer = (request, response) => {
    request.resume();
    seen = request.headers.authorization;
    response.writeHead(204).end();
  };
  await upload();
  expect(seen).toBe('Bearer dapi-first');
});

it('a personal access token that was rotated while the pod runs is taken up at the next upload', async () => {
  const { volume, close } = await openDatabricksVolume(VOLUME, dir, new SecretRegistry());
  const seen: string[] = [];
  answer = (request, response) => {
    request.resume();
    seen.push(request.headers.authorization ?? '');
    response.writeHead(204).end();
  };
  await volume.create('a', Buffer.from('x'));
  await put({ token: 'dapi-second' });
  await volume.create('b', Buffer.from('x'));
  close();
  expect(seen).toEqual(['Bearer dapi-first', 'Bearer dapi-second']);
});

it('a service account’s token is read anew for each exchange, and the one before is forgotten', async () => {
  const secrets = new SecretRegistry();
  await put({ clientId: 'sp', subjectToken: 'jwt-of-the-first-hour' });
  const exchanged: (string | null)[] = [];
  answer = (request, response) => {
    void (async () => {
      const body = await new Response(request as never).text();
      if (request.url === '/oidc/v1/token') exchanged.push(new URLSearchParams(body).get('subject_token'));
      const isFirst = request.headers.authorization === 'Bearer access-1';
      response.writeHead(
        request.url === '/oidc/v1/token' ? 200 : isFirst && exchanged.length === 1 && refuse ? 401 : 204,
      );
      response.end(
        request.url === '/oidc/v1/token'
          ? JSON.stringify({ access_token: `access-${exchanged.length}` })
          : '',
      );
    })();
  };
  let refuse = false;
  const { volume, close } = await openDatabricksVolume(VOLUME, dir, secrets);
  await volume.create('a', Buffer.from('x'));
  await put({ subjectToken: 'jwt-of-the-second-hour' });
  refuse = true;
  await volume.create('b', Buffer.from('x'));
  close();
  expect(exchanged).toEqual(['jwt-of-the-first-hour', 'jwt-of-the-second-hour']);
  expect(secrets.redact('jwt-of-the-second-hour')).toBe('[redacted]');
  expect(secrets.redact('jwt-of-the-first-hour')).toBe('jwt-of-the-first-hour');
});
