import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { producerConfig, type Column, type HttpSource } from '@tributary/api';
import { SecretFolder, SecretRegistry } from '@tributary/runtime';
import { FlatRecords } from '../extract/flat/flat-records.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { compileSource, type FeedSource, type RequestContext } from './feed-source.ts';

let folder: string;
let secrets: SecretFolder;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-source-'));
  mkdirSync(join(folder, 'api'));
  for (const name of ['key', 'user', 'password']) writeFileSync(join(folder, 'api', name), `the-${name}`);
  secrets = new SecretFolder(folder, new SecretRegistry());
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const from = (key: string) => ({ secretKeyRef: { name: 'api', key } });

function source(http: Record<string, unknown>): FeedSource {
  const request = { url: 'https://api.example.com/v1/events' };
  const parsed = producerConfig().shape.source.parse({ http: { request, ...http } }) as { http: HttpSource };
  return compileSource(parsed, secrets);
}

const context: RequestContext = {
  now: () => Date.now(),
  fetch: () => Promise.reject(new Error('nothing else is to be asked')),
  kept: { read: () => undefined, write: () => Promise.resolve() },
};
const first = { token: undefined, cursor: undefined };
const answer = (body: unknown, link?: string) => ({
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers: { link },
});

/** URLs of the pages that follow each other when the API answers so. */
async function walk(
  it: FeedSource,
  answers: { body: string; headers: { link: string | undefined } }[],
): Promise<string[]> {
  const urls: string[] = [];
  let token: string | undefined;
  for (const page of answers) {
    urls.push((await it.request({ token, cursor: undefined }, context)).url.href);
    token = it.read(page, { token, cursor: undefined }).next;
    if (token === undefined) return [...urls, 'end'];
  }
  return urls;
}

const BASE = 'https://api.example.com/v1/events';

describe('the request of an HTTP source', () => {
  it('keeps the order and the repetition of its parameters', async () => {
    const it = source({
      request: {
        url: BASE,
        query: [
          { name: 'RANGE', value: '2023-07-01' },
          { name: 'a', value: 'x y&z' },
          { name: 'RANGE', value: '2023-08-31' },
        ],
      },
    });
    expect((await it.request(first, context)).url.search).toBe(
      '?RANGE=2023-07-01&a=x+y%26z&RANGE=2023-08-31',
    );
  });

  it('names the cursor once there is one', async () => {
    const request = {
      url: BASE,
      query: [
        { name: 'since', value: '{{ cursor }}' },
        { name: 'limit', value: '500' },
      ],
    };
    const plain = source({ request, cursor: { column: 'updated' } });
    expect((await plain.request(first, context)).url.search).toBe('?limit=500');
    expect(
      (await plain.request({ ...first, cursor: '2026-01-02T03:04:05Z' }, context)).url.searchParams.get(
        'since',
      ),
    ).toBe('2026-01-02T03:04:05Z');
    const started = source({ request, cursor: { column: 'updated', start: '2020' } });
    expect((await started.request(first, context)).url.searchParams.get('since')).toBe('2020');
  });

  it('proves who we are by header, parameter, Basic or bearer token', async () => {
    const headers = async (auth: unknown) => (await source({ auth }).request(first, context)).headers;
    expect(await headers({ apiKey: { header: 'X-Key', from: from('key') } })).toEqual([['X-Key', 'the-key']]);
    expect(await headers({ bearer: { tokenFrom: from('key') } })).toEqual([
      ['authorization', 'Bearer the-key'],
    ]);
    expect(await headers({ basic: { usernameFrom: from('user'), passwordFrom: from('password') } })).toEqual([
      ['authorization', `Basic ${btoa('the-user:the-password')}`],
    ]);
    expect(
      (await source({ auth: { apiKey: { query: 'key', from: from('key') } } }).request(first, context)).url
        .search,
    ).toBe('?key=the-key');
    await expect(headers({ bearer: { tokenFrom: from('missing') } })).rejects.toMatchObject({
      code: 'SecretMissing',
      message: expect.stringContaining('missing'),
    });
  });

  it('is not made at all where a part of it would have no effect', () => {
    const request = { url: BASE, query: [{ name: 'a', value: '{{ window.middle }}' }] };
    expect(() => source({ request })).toThrow(expect.objectContaining({ code: 'NotYetSupported' }));
  });
});

describe('pages', () => {
  const two = answer([{ id: 1 }, { id: 2 }]);
  const one = answer([{ id: 3 }]);
  const none = answer([]);

  it('are numbered until one is not full, or empty where no size is known', async () => {
    expect(
      await walk(source({ pagination: { page: { parameter: 'p', size: 2 } } }), [two, two, one]),
    ).toEqual([`${BASE}?p=1`, `${BASE}?p=2`, `${BASE}?p=3`, 'end']);
    expect(
      await walk(source({ pagination: { page: { parameter: 'p', start: 0 } } }), [two, one, none]),
    ).toEqual([`${BASE}?p=0`, `${BASE}?p=1`, `${BASE}?p=2`, 'end']);
  });

  it.each<[string, string, unknown[]]>([
    ['filtered', 'data[?ok]', [{ id: 1, ok: true }, { id: 2 }]],
    ['filtered away', 'data[?ok]', [{ id: 1 }, { id: 2 }]],
    ['flattened', 'data[].items[]', [{ items: [{ id: 1 }] }, { items: [{ id: 2 }, { id: 3 }, { id: 4 }] }]],
    ['flattened to nothing', 'data[].items[]', [{ items: [] }, {}]],
    ['piped', '@ | data[*].items | [] | [?ok]', [{ items: [{ id: 1 }] }, { items: [] }]],
    ['an argument', 'reverse(data[?ok])', [{ id: 1 }, { id: 2, ok: true }]],
  ])('are full by what the API put into them: %s', async (_what, records, data) => {
    const answers = [answer({ data }), answer({ data }), answer({ data: data.slice(1, 1) })];
    expect(
      await walk(source({ records, pagination: { offset: { parameter: 'o', size: 2 } } }), answers),
    ).toEqual([`${BASE}?o=0`, `${BASE}?o=2`, `${BASE}?o=4`, 'end']);
    expect(
      await walk(source({ records, pagination: { page: { parameter: 'p', size: 2 } } }), answers),
    ).toEqual([`${BASE}?p=1`, `${BASE}?p=2`, `${BASE}?p=3`, 'end']);
  });

  it('begin at record offsets', async () => {
    expect(
      await walk(source({ pagination: { offset: { parameter: 'o', size: 2 } } }), [two, two, none]),
    ).toEqual([`${BASE}?o=0`, `${BASE}?o=2`, `${BASE}?o=4`, 'end']);
  });

  it('follow a token or a link in the body', async () => {
    const body = (next: string | null) => answer({ data: [{ id: 1 }], links: { next } });
    expect(
      await walk(
        source({ records: 'data', pagination: { cursor: { parameter: 't', path: 'links.next' } } }),
        [body('abc='), body(null)],
      ),
    ).toEqual([BASE, `${BASE}?t=abc%3D`, 'end']);
    expect(
      await walk(source({ records: 'data', pagination: { nextLink: { path: 'links.next' } } }), [
        body(`${BASE}?page=2`),
        body('?page=3'),
        body(''),
      ]),
    ).toEqual([BASE, `${BASE}?page=2`, `${BASE}?page=3`, 'end']);
  });

  it('follow a token that an expression makes, of any body', async () => {
    const listed = (more: boolean) =>
      answer({ data: [{ id: 'a' }, { id: more ? 'b' : 'c' }], has_more: more });
    expect(
      await walk(
        source({
          records: 'data',
          pagination: { cursor: { parameter: 'starting_after', path: 'has_more && data[-1].id' } },
        }),
        [listed(true), listed(false)],
      ),
    ).toEqual([BASE, `${BASE}?starting_after=b`, 'end']);
    const list = (next: string) => answer([{ next }, [{ id: 1 }]]);
    expect(
      await walk(source({ records: '[1]', pagination: { cursor: { parameter: 't', path: '[0].next' } } }), [
        list('x'),
        list(''),
      ]),
    ).toEqual([BASE, `${BASE}?t=x`, 'end']);
  });

  it.each([
    [
      'a member of JSON',
      '{"query":"q","variables":{"first":2}}',
      { cursor: { parameter: 'variables.after', path: 'next' } },
      '{"query":"q","variables":{"first":2,"after":"abc"}}',
    ],
    [
      'a number of JSON',
      '{"from":0,"size":1}',
      { offset: { parameter: 'from', size: 1 } },
      '{"from":1,"size":1}',
    ],
    ['a field of a form', 'a=b', { page: { parameter: 'p', size: 1 } }, 'a=b&p=2'],
  ])('are asked for by %s in the body', async (_what, body, pagination, second) => {
    const it = source({
      request: { method: 'POST', url: BASE, body },
      records: 'data',
      pagination: { ...pagination, where: 'body' },
    });
    const token = it.read(answer({ data: [{ id: 1 }], next: 'abc' }), first).next;
    const asked = await it.request({ token, cursor: undefined }, context);
    expect([asked.url.href, asked.body]).toEqual([BASE, second]);
  });

  it('follow the Link header', async () => {
    const page = (link?: string) => answer([{ id: 1 }], link);
    expect(
      await walk(source({ pagination: { linkHeader: {} } }), [
        page(`<${BASE}?p=1>; rel="prev first", <${BASE}?p=2>; rel="next"`),
        page(`<${BASE}?p=1>; rel=prev`),
      ]),
    ).toEqual([BASE, `${BASE}?p=2`, 'end']);
  });

  it('never leave the host that was asked, and keep the key that a link forgets', async () => {
    const it = source({
      records: 'data',
      pagination: { nextLink: { path: 'next' } },
      auth: { apiKey: { query: 'key', from: from('key') } },
    });
    const next = it.read(answer({ data: [], next: '/v1/events?page=2' }), first).next;
    expect((await it.request({ token: next, cursor: undefined }, context)).url.href).toBe(
      `${BASE}?page=2&key=the-key`,
    );
    const away = it.read(answer({ data: [], next: 'https://evil.example.com/' }), first).next;
    await expect(it.request({ token: away, cursor: undefined }, context)).rejects.toMatchObject({
      code: 'AddressRefused',
    });
  });
});

describe('an answer', () => {
  it('means what the rules over its body say, the first that holds', () => {
    const it = source({
      errors: [
        { when: 'Note', is: 'RateLimited' },
        { when: 'empty', is: 'Skip' },
        { when: 'error', is: 'Fail' },
        { when: 'login', is: 'Auth' },
      ],
    });
    const code = (body: unknown): unknown => {
      try {
        return it.read(answer(body), first).records.length;
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(
      [{ Note: 'x', error: 'x' }, { empty: true }, { error: 'x' }, { login: 'no' }, { fine: 1 }].map(code),
    ).toEqual(['RateLimited', 0, 'BadRequest', 'AuthFailed', 1]);
  });

  it('may hold one record a line', () => {
    expect(
      JSON.stringify(source({ format: 'ndjson' }).read(answer('{"a":1.0}\n\n{"a":2.00}\r\n'), first).records),
    ).toBe('[{"a":1.0},{"a":2.00}]');
  });
});

describe('a refusal', () => {
  const refused = (status: number, body: string) =>
    new UpstreamError('BadRequest', `the API answered with status ${status}`, { answer: { status, body } });

  it.each<[string, Record<string, unknown>, number, string, string]>([
    [
      'JSON that says no data',
      { errors: [{ status: 404, when: "code == 'no_data'", is: 'Skip' }] },
      404,
      '{"code":"no_data"}',
      'Skip',
    ],
    [
      'JSON whose rule has no status',
      { errors: [{ when: 'error.message', is: 'Auth' }] },
      400,
      '{"error":{"message":"token expired"}}',
      'AuthFailed: the answer is an error by source.http.errors: token expired (error.message)',
    ],
    [
      'a page of HTML under a rule over JSON, then one over its text',
      {
        errors: [
          { when: 'error', is: 'Fail' },
          { says: 'too many requests', is: 'RateLimited' },
        ],
      },
      503,
      '<html><h1>Too Many Requests</h1></html>',
      'RateLimited: the answer is an error by source.http.errors: <html><h1>Too Many Requests</h1></html> (says "too many requests")',
    ],
    [
      'XML',
      { format: 'xml', errors: [{ when: 'Fault.text', is: 'Retry' }] },
      500,
      '<Fault><text>busy</text></Fault>',
      'UpstreamFailed: the answer is an error by source.http.errors: busy (Fault.text)',
    ],
    [
      'CSV whose refusal is JSON',
      { format: 'csv', errors: [{ when: 'detail', is: 'Fail' }] },
      406,
      '{"detail":"not acceptable"}',
      'BadRequest: the answer is an error by source.http.errors: not acceptable (detail)',
    ],
    [
      'what no rule names',
      { errors: [{ status: 410, is: 'Skip' }] },
      404,
      '{}',
      'BadRequest: the API answered with status 404',
    ],
  ])('in %s is told apart', (_what, http, status, body, means) => {
    const explained = source(http).explain?.(refused(status, body));
    const told = explained instanceof UpstreamError ? `${explained.code}: ${explained.message}` : explained;
    expect(told).toEqual(means);
  });

  it.each<[string, Record<string, unknown>, Partial<Column>, string, boolean]>([
    ['a list', {}, {}, '[{"id":1.0},{"id":"b"}]', true],
    ['a member', { records: 'data' }, {}, '{"more":{},"data":[{"id":1.0},{"id":"b"}]}', true],
    ['selected', { records: 'data[?id]' }, {}, '{"data":[{"id":1.0},{"id":"b"}]}', false],
    ['a path', {}, { path: 'a.id' }, '[{"id":1.0},{"id":"b"}]', false],
    [
      'paged by the body',
      { records: 'data', pagination: { nextLink: { path: 'next' } } },
      {},
      '{"data":[{"id":1.0},{"id":"b"}]}',
      false,
    ],
  ])('is read from its text where nothing needs its tree: %s', (_what, http, more, body, fromText) => {
    const id: Column = { name: 'id', role: 'key', type: 'string', ...more };
    const parsed = producerConfig().shape.source.parse({
      http: { request: { url: 'https://api.example.com/' }, ...http },
    });
    const answer = compileSource(parsed, secrets, [id]).read({ body, headers: {} }, first);
    expect(answer.records instanceof FlatRecords).toBe(fromText);
    expect(JSON.stringify([...answer.records])).toBe('[{"id":1.0},{"id":"b"}]');
    expect(JSON.stringify(answer.body)).toBe(body);
  });

  it('with status 204 is an answer without records', () => {
    expect(source({}).read({ status: 204, body: '', headers: {} }, first)).toEqual({ records: [] });
  });
});
