import { describe, expect, it } from '@jest/globals';
import { createDatabricks, type Databricks } from './client.ts';
import { json, startServer } from './test-server.ts';

/** Sleeps pass at once. */
const clock = () => {
  let time = 0;
  return {
    now: () => time,
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      time += ms;
    },
  };
};

const client = (host: string): Databricks =>
  createDatabricks({
    host,
    auth: { kind: 'pat', token: 'dapi-token' },
    userAgent: 'test/1',
    allowInsecureLoopback: true,
    clock: clock(),
    random: () => 0,
  });

const state = (name: string, more: object = {}): object => ({
  statement_id: 's1',
  status: { state: name, ...more },
});

describe('a question to a warehouse', () => {
  it('waits while the warehouse starts, and collects all chunks', async () => {
    await using server = await startServer((seen, response, count) => {
      if (count === 1) return json(response, 200, state('PENDING'));
      if (count === 2) return json(response, 200, state('RUNNING'));
      if (seen.url.endsWith('/chunks/1')) return json(response, 200, { data_array: [['2', null]] });
      return json(response, 200, {
        ...state('SUCCEEDED'),
        result: { data_array: [['1', 'a']], next_chunk_index: 1 },
      });
    });
    expect(await client(server.url).sql.query('SELECT 1', { warehouseId: 'w' })).toEqual([
      ['1', 'a'],
      ['2', null],
    ]);
    expect(JSON.parse(server.seen[0]?.body.toString() ?? '')).toMatchObject({
      statement: 'SELECT 1',
      warehouse_id: 'w',
      on_wait_timeout: 'CONTINUE',
    });
    expect(server.seen.slice(1).map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /api/2.0/sql/statements/s1',
      'GET /api/2.0/sql/statements/s1',
      'GET /api/2.0/sql/statements/s1/result/chunks/1',
    ]);
  });

  it.each([
    ['BAD_REQUEST', 'user'],
    ['TEMPORARILY_UNAVAILABLE', 'retry'],
    ['RESOURCE_EXHAUSTED', 'retry'],
  ])('that failed with %s is of kind %s', async (code, kind) => {
    const error = { error_code: code, message: '[TABLE_OR_VIEW_NOT_FOUND] `main`.`x`' };
    await using server = await startServer((_seen, response) =>
      json(response, 200, state('FAILED', { error })),
    );
    const failure = client(server.url).sql.query('SELECT 1', { warehouseId: 'w' });
    await expect(failure).rejects.toMatchObject({
      kind,
      errorCode: code,
      message: expect.stringContaining('NOT_FOUND'),
    });
  });

  it('is cancelled when nobody waits any more, and when it takes too long', async () => {
    const abort = new AbortController();
    await using server = await startServer((seen, response) => {
      if (seen.method === 'GET' && seen.url.endsWith('s1')) abort.abort(new Error('stopped'));
      json(response, 200, state('RUNNING'));
    });
    const asked = client(server.url).sql.query('SELECT 1', { warehouseId: 'w', signal: abort.signal });
    await expect(asked).rejects.toThrow('stopped');
    expect(server.seen.at(-1)).toMatchObject({ method: 'POST', url: '/api/2.0/sql/statements/s1/cancel' });
    const late = client(server.url).sql.query('SELECT 1', { warehouseId: 'w', waitMs: 5_000 });
    await expect(late).rejects.toMatchObject({ kind: 'retry', errorCode: 'DEADLINE' });
    expect(server.seen.filter(({ url }) => url.endsWith('/cancel'))).toHaveLength(2);
  });
});
