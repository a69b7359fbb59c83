import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { createDatabricks, type Databricks, type DatabricksOptions } from './client.ts';
import { DatabricksConflictError, DatabricksUserError } from './errors.ts';
import { json, startServer, type Seen } from './test-server.ts';

const FILE = '/Volumes/main/landing/feeds/x/0-0.csv.gz';
const BODY = Buffer.from('a file');

/** Sleeps pass at once and are remembered. */
function client(
  host: string,
  options: Partial<DatabricksOptions> = {},
): { databricks: Databricks; slept: number[] } {
  let time = 0;
  const slept: number[] = [];
  const clock = {
    now: () => time,
    sleep: async (ms: number) => {
      slept.push(ms);
      time += ms;
    },
  };
  const databricks = createDatabricks({
    host,
    auth: { kind: 'pat', token: 'dapi-token' },
    userAgent: 'test/1',
    allowInsecureLoopback: true,
    clock,
    random: () => 0,
    ...options,
  });
  return { databricks, slept };
}

const asked = (seen: readonly Seen[]): string[] =>
  seen.map(({ method, url }) => `${method} ${decodeURIComponent(url)}`);
const upload = (databricks: Databricks, signal?: AbortSignal): Promise<void> =>
  databricks.files.upload(FILE, BODY, {
    overwrite: false,
    createParents: true,
    ...(signal === undefined ? {} : { signal }),
  });

describe('an upload', () => {
  it('makes the folders above once they turn out to be missing, and then sends the file again', async () => {
    await using server = await startServer((_seen, response, count) =>
      count === 1
        ? json(response, 404, { error_code: 'NOT_FOUND', message: 'The parent directory does not exist.' })
        : response.writeHead(204).end(),
    );
    await upload(client(server.url).databricks);
    expect(asked(server.seen)).toEqual([
      `PUT /api/2.0/fs/files${FILE}?overwrite=false`,
      'PUT /api/2.0/fs/directories/Volumes/main/landing/feeds/x',
      `PUT /api/2.0/fs/files${FILE}?overwrite=false`,
    ]);
    expect(server.seen[2]?.body).toEqual(BODY);
  });

  it('leaves a volume that is missing to a person, and says which one', async () => {
    await using server = await startServer((_seen, response) =>
      json(response, 404, {
        error_code: 'NOT_FOUND',
        message: "Volume 'main.landing.feeds' does not exist.",
      }),
    );
    const failure = upload(client(server.url).databricks);
    await expect(failure).rejects.toBeInstanceOf(DatabricksUserError);
    await expect(failure).rejects.toMatchObject({
      action: expect.stringContaining('create the volume main.landing.feeds'),
    });
    expect(server.seen).toHaveLength(1);
  });

  it('names the grant that is missing, and does not try again', async () => {
    await using server = await startServer((_seen, response) =>
      json(response, 403, { error_code: 'PERMISSION_DENIED', message: 'User does not have WRITE VOLUME.' }),
    );
    await expect(upload(client(server.url).databricks)).rejects.toMatchObject({
      kind: 'user',
      action: expect.stringContaining('WRITE VOLUME on main.landing.feeds'),
    });
    expect(server.seen).toHaveLength(1);
  });

  it('that meets a file is a conflict, also when its own first attempt may have made it', async () => {
    await using server = await startServer((_seen, response, count) =>
      count === 1
        ? response.destroy()
        : json(response, 409, { error_code: 'ALREADY_EXISTS', message: 'exists' }),
    );
    await expect(upload(client(server.url).databricks)).rejects.toBeInstanceOf(DatabricksConflictError);
    expect(server.seen).toHaveLength(2);
  });

  it.each([429, 503])('is sent again, whole, when the time that came with %i is over', async (status) => {
    await using server = await startServer((_seen, response, count) =>
      count < 3
        ? json(response, status, {}, { 'retry-after': String(count * 4) })
        : response.writeHead(204).end(),
    );
    const { databricks, slept } = client(server.url);
    await upload(databricks);
    expect(slept).toEqual([4_000, 8_000]);
    expect(server.seen.map(({ body }) => body)).toEqual([BODY, BODY, BODY]);
  });

  it('goes on with another token when the first one dies, and sends the file whole again', async () => {
    let issued = 0;
    await using server = await startServer((seen, response) => {
      if (seen.url === '/oidc/v1/token')
        json(response, 200, { access_token: `token-${++issued}`, expires_in: 3_600 });
      else if (seen.authorization === 'Bearer token-1')
        json(response, 403, { error_code: 'PERMISSION_DENIED', message: 'expired' });
      else response.writeHead(204).end();
    });
    const auth = { kind: 'oauthM2M', clientId: 'id', clientSecret: 'the-secret' } as const;
    await upload(client(server.url, { auth }).databricks);
    expect(issued).toBe(2);
    expect(server.seen.at(-1)).toMatchObject({ authorization: 'Bearer token-2', body: BODY });
  });

  it('ends at once when it is aborted, though nobody reads or answers it', async () => {
    const { server, url, sockets } = await deafServer();
    const { databricks } = client(url);
    const abort = new AbortController();
    // More than the kernel's buffers take: it hangs in the middle of its body.
    const hung = databricks.files.upload(FILE, Buffer.alloc(32 * 1024 * 1024), {
      overwrite: false,
      signal: abort.signal,
    });
    while (sockets.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const started = performance.now();
    abort.abort(new Error('shutting down'));
    await expect(hung).rejects.toThrow('shutting down');
    expect(performance.now() - started).toBeLessThan(500);
    databricks.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('that hangs ends at its deadline by itself', async () => {
    const { server, url, sockets } = await deafServer();
    const { databricks } = client(url, { requestTimeoutMs: 50, retryBudgetMs: 300 });
    await expect(upload(databricks)).rejects.toMatchObject({ kind: 'retry', errorCode: 'DEADLINE' });
    databricks.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('a listing', () => {
  it('goes through all pages, also behind an empty one', async () => {
    const pages: Record<string, object> = {
      '': { contents: [{ path: '/Volumes/a/b/c/1', name: '1', file_size: 3 }], next_page_token: 'two' },
      two: { next_page_token: 'three' },
      three: { contents: [{ path: '/Volumes/a/b/c/2', name: '2', is_directory: true }], next_page_token: '' },
    };
    await using server = await startServer((seen, response) =>
      json(response, 200, pages[new URL(seen.url, server.url).searchParams.get('page_token') ?? ''] ?? {}),
    );
    const { databricks } = client(server.url);
    const names: string[] = [];
    for await (const { name, isDirectory } of databricks.files.list('/Volumes/a/b/c', { pageSize: 1 }))
      names.push(`${name} ${isDirectory}`);
    expect(names).toEqual(['1 false', '2 true']);
    expect(server.seen.every(({ url }) => url.includes('page_size=1'))).toBe(true);
  });

  it('that repeats its token is an error, not a loop', async () => {
    await using server = await startServer((_seen, response) =>
      json(response, 200, { contents: [], next_page_token: 'again' }),
    );
    const all = (async () => {
      for await (const _ of client(server.url).databricks.files.list('/Volumes/a/b/c'));
    })();
    await expect(all).rejects.toMatchObject({ errorCode: 'ENDLESS_LIST' });
    expect(server.seen).toHaveLength(2);
  });
});

/** Takes connections and never reads from them. */
async function deafServer(): Promise<{ server: Server; url: string; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.pause();
    socket.on('error', () => undefined); // reset by the client that gives up
    sockets.push(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}
