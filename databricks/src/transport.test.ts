import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { createDatabricks, type DatabricksOptions } from './client.ts';
import {
  type DatabricksError,
  DatabricksTransientError,
  DatabricksUserError,
  DatabricksWaitError,
} from './errors.ts';
import { json, startServer } from './test-server.ts';

const TOKEN = 'dapi-very-secret-token';

/** Time that passes only by sleeping, and remembers for how long. */
function fakeClock(): {
  now: () => number;
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  slept: number[];
  advance: (ms: number) => void;
} {
  let time = 1_700_000_000_000;
  const slept: number[] = [];
  return {
    now: () => time,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      time += ms;
    },
    slept,
    advance: (ms) => {
      time += ms;
    },
  };
}

const client = (url: string, options: Partial<DatabricksOptions> = {}) =>
  createDatabricks({
    host: url,
    auth: { kind: 'pat', token: TOKEN },
    userAgent: 'test/1',
    allowInsecureLoopback: true,
    clock: fakeClock(),
    random: () => 0,
    ...options,
  });

const failure = (work: Promise<unknown>): Promise<DatabricksError> =>
  work.then(
    () => {
      throw new Error('the call succeeded');
    },
    (error: unknown) => error as DatabricksError,
  );

describe('a request', () => {
  it('waits as long as Retry-After says and then succeeds', async () => {
    await using server = await startServer((_seen, response, count) =>
      count === 1
        ? json(response, 429, {}, { 'retry-after': '7' })
        : json(response, 200, { job_id: 5, settings: { name: 'x' } }),
    );
    const clock = fakeClock();
    const databricks = client(server.url, { clock });
    expect((await databricks.jobs.get(5)).jobId).toBe(5);
    expect(clock.slept).toEqual([7_000]);
    databricks.close();
  });

  it('gives up when the next wait would exceed the budget, telling how long to wait', async () => {
    await using server = await startServer((_seen, response) =>
      json(
        response,
        429,
        { error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'slow down' },
        { 'retry-after': '200' },
      ),
    );
    const error = await failure(client(server.url).jobs.get(5));
    expect(error).toBeInstanceOf(DatabricksWaitError);
    expect((error as DatabricksWaitError).retryAfterMs).toBe(200_000);
    expect(server.seen).toHaveLength(2);
  });

  it('repeats an idempotent call after a broken connection', async () => {
    await using server = await startServer((_seen, response, count) =>
      count < 3 ? response.destroy() : json(response, 200, { contents: [] }),
    );
    const entries = [];
    for await (const entry of client(server.url).files.list('/Volumes/a/b/c')) entries.push(entry);
    expect(entries).toEqual([]);
    expect(server.seen).toHaveLength(3);
  });

  it('does not repeat creating a job after a lost answer, since that could make two', async () => {
    await using server = await startServer((_seen, response) => response.destroy());
    const error = await failure(client(server.url).jobs.create({ name: 'x', tasks: [] }));
    expect(error).toBeInstanceOf(DatabricksTransientError);
    expect(server.seen).toHaveLength(1);
  });

  it('repeats run-now only when it carries an idempotency token', async () => {
    await using server = await startServer((_seen, response, count) =>
      count <= 2 ? response.destroy() : json(response, 200, { run_id: 9 }),
    );
    const databricks = client(server.url);
    expect((await failure(databricks.jobs.runNow(1))).kind).toBe('retry');
    expect(await databricks.jobs.runNow(1, { idempotencyToken: 'once' })).toBe(9);
  });

  it('ends at its deadline when the server never answers', async () => {
    await using server = await startServer(() => undefined);
    const error = await failure(client(server.url, { requestTimeoutMs: 50, retryBudgetMs: 500 }).jobs.get(1));
    expect(error).toMatchObject({ kind: 'retry', errorCode: 'DEADLINE' });
  });

  it('ends with the reason of an aborted signal, while it waits or while it is sent', async () => {
    const reason = new Error('shutting down');
    const abort = new AbortController();
    await using server = await startServer(() => abort.abort(reason));
    await expect(client(server.url).jobs.get(1, { signal: abort.signal })).rejects.toBe(reason);
    await expect(client(server.url).jobs.get(1, { signal: abort.signal })).rejects.toBe(reason);
  });

  it('refuses an answer that is larger than its bound', async () => {
    await using server = await startServer((_seen, response) =>
      response.writeHead(200).end(Buffer.alloc(100_000)),
    );
    const error = await failure(client(server.url).files.download('/Volumes/a/b/c/d', { maxBytes: 1_000 }));
    expect(error).toMatchObject({ kind: 'user', errorCode: 'ANSWER_TOO_LARGE' });
  });

  it('follows no redirect and says that the host is wrong', async () => {
    await using server = await startServer((_seen, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1:1/login' }).end(),
    );
    const error = await failure(client(server.url).jobs.get(1));
    expect(error).toBeInstanceOf(DatabricksUserError);
    expect((error as DatabricksUserError).action).toContain('host');
    expect(server.seen).toHaveLength(1);
  });

  it('takes a login page for a wrong host, not for an empty answer', async () => {
    await using server = await startServer((_seen, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>login</html>'),
    );
    expect(await failure(client(server.url).jobs.get(1))).toMatchObject({
      kind: 'user',
      errorCode: 'UNEXPECTED_ANSWER',
    });
  });

  it('keeps the token out of every error, even when the server echoes it', async () => {
    await using server = await startServer((seen, response) =>
      json(response, 400, { error_code: 'BAD', message: `you sent ${seen.authorization}` }),
    );
    const error = await failure(client(server.url).jobs.get(1));
    expect(error.message).toContain('[secret]');
    expect(inspect(error, { depth: 10 }) + JSON.stringify(error) + (error.stack ?? '')).not.toContain(TOKEN);
  });

  it('sends what it was given, by segment encoded, and reports each attempt', async () => {
    const attempts: unknown[] = [];
    await using server = await startServer((_seen, response) => response.writeHead(204).end());
    const databricks = client(server.url, {
      onAttempt: ({ method, status }) => attempts.push([method, status]),
    });
    const part = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
    await databricks.files.upload('/Volumes/a/b/c/50 % #1?.csv', part, { overwrite: false });
    expect(server.seen[0]).toMatchObject({
      method: 'PUT',
      url: '/api/2.0/fs/files/Volumes/a/b/c/50%20%25%20%231%3F.csv?overwrite=false',
      authorization: `Bearer ${TOKEN}`,
      body: Buffer.from([2, 3]),
    });
    expect(attempts).toEqual([['PUT', 204]]);
  });

  it('refuses a path that would go elsewhere than it says', async () => {
    const databricks = client('http://127.0.0.1:1');
    await expect(databricks.files.delete('/Volumes/a/../b')).rejects.toThrow('dot segment');
    await expect(databricks.files.delete('Volumes/a')).rejects.toThrow('absolute');
  });
});

describe('OAuth machine to machine', () => {
  const auth = { kind: 'oauthM2M', clientId: 'id', clientSecret: 's3cret-of-client' } as const;

  it('fetches one token for many calls and another one before it expires', async () => {
    let issued = 0;
    await using server = await startServer((seen, response) =>
      seen.url === '/oidc/v1/token'
        ? json(response, 200, { access_token: `token-${++issued}`, expires_in: 3_600 })
        : json(response, 200, {}),
    );
    const clock = fakeClock();
    const databricks = client(server.url, { auth, clock });
    await Promise.all([databricks.jobs.get(1), databricks.jobs.get(2), databricks.jobs.get(3)]);
    expect(issued).toBe(1);
    clock.advance(3_400_000);
    await databricks.jobs.get(4);
    expect(issued).toBe(2);
    expect(server.seen.at(-1)?.authorization).toBe('Bearer token-2');
    const asked = server.seen[0];
    expect(asked?.authorization).toBe(`Basic ${Buffer.from('id:s3cret-of-client').toString('base64')}`);
    expect(asked?.body.toString()).toBe('grant_type=client_credentials&scope=all-apis');
  });

  it.each([401, 403])('renews a token once that is answered with %i', async (status) => {
    let issued = 0;
    await using server = await startServer((seen, response) => {
      if (seen.url === '/oidc/v1/token')
        json(response, 200, { access_token: `token-${++issued}`, expires_in: 3_600 });
      else if (seen.authorization === 'Bearer token-1')
        json(response, status, { error_code: 'X', message: 'expired' });
      else json(response, 200, { job_id: 3 });
    });
    expect((await client(server.url, { auth }).jobs.get(3)).jobId).toBe(3);
    expect(issued).toBe(2);
  });

  it('says that the user must act when the secret is refused, without showing it', async () => {
    await using server = await startServer((_seen, response) =>
      json(response, 401, { error: 'invalid_client', error_description: 'no s3cret-of-client' }),
    );
    const error = await failure(client(server.url, { auth }).jobs.get(3));
    expect(error).toMatchObject({ kind: 'user', errorCode: 'invalid_client' });
    expect(error.message).not.toContain('s3cret');
  });
});

it('exchanges a freshly read service-account token under workload identity federation', async () => {
  let reads = 0;
  await using server = await startServer((seen, response) =>
    seen.url === '/oidc/v1/token'
      ? json(response, 200, { access_token: 'exchanged', expires_in: 3_600 })
      : json(response, 200, {}),
  );
  const auth = { kind: 'federation', clientId: 'id', subjectToken: () => `jwt-${++reads}` } as const;
  await client(server.url, { auth }).jobs.get(1);
  expect(Object.fromEntries(new URLSearchParams(server.seen[0]?.body.toString()))).toMatchObject({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: 'jwt-1',
    client_id: 'id',
  });
});

it('reads a rotated personal access token again after a refusal', async () => {
  const tokens = ['old-token', 'old-token', 'new-token', 'new-token'];
  await using server = await startServer((seen, response) =>
    seen.authorization === 'Bearer new-token'
      ? json(response, 200, { job_id: 1 })
      : json(response, 403, { error_code: 'PERMISSION_DENIED', message: 'no' }),
  );
  const databricks = client(server.url, {
    auth: { kind: 'pat', token: () => tokens.shift() ?? 'new-token' },
  });
  expect(await failure(databricks.jobs.get(1))).toMatchObject({ kind: 'user', status: 403 });
  expect((await databricks.jobs.get(1)).jobId).toBe(1);
});
