import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { callCli as tributary } from './testing/call-cli.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-recorded-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

const feed = (http: string): string => `kind: StreamSource
apiVersion: tributary.dev/v1alpha1
metadata: {name: weather, namespace: demo}
spec:
  source:
    http:
      request: {url: "https://api.example.com/v1/weather"}
      ${http}
  schedule: {every: 15m}
  columns:
    - {name: time, role: time, type: timestamp}
    - {name: temp, type: string}
  kafka: {bootstrapServers: "kafka:9092"}
  storage: {size: 1Gi}
`;
const BODY = '[{"time":"2026-01-01","temp":"é"}]';

async function preview(http: string, answer: string | Uint8Array, ...more: string[]) {
  const source = await file('feed.yaml', feed(http));
  const response = await file('answer', answer);
  const { code, out, err } = await tributary('preview', '-f', source, '--response', response, ...more);
  return { code, out: out.replaceAll(/\s+/g, ' '), err };
}

describe('a recorded answer with its headers', () => {
  it('tells the next page by its header Link', async () => {
    const head =
      'HTTP/2 200 \r\nlink: <https://api.example.com/v1/weather?page=2>; rel="next"\r\nlink: </>; rel="first"\r\n\r\n';
    const { code, out } = await preview('pagination: {linkHeader: {}}', head + BODY);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('next page https://api.example.com/v1/weather?page=2'),
    ]);
  });

  it('is decoded by its Content-Type', async () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=iso-8859-1\r\n\r\n';
    expect((await preview('format: json', Buffer.from(head + BODY, 'latin1'))).out).toContain('é');
  });

  it('may have them in a file of their own, the last of several heads counting', async () => {
    const head = 'HTTP/1.1 301 Moved\nLocation: /b\n\nHTTP/1.1 429 Too Many Requests\nRetry-After: 90\n\n';
    const { code, out } = await preview(
      'format: json',
      '{"error":"slow down"}',
      '--headers',
      await file('head', head),
    );
    expect(code).toBe(1);
    expect(out).toContain('status 429, 21 characters');
    expect(out).toMatch(
      /answered with status 429.*wait, and ask less often; the answer says to come back in 90 s/,
    );
  });

  it.each([
    ['without a rule', 'format: json', /status 404: no such station.*errors says/, 1],
    [
      'with one that fails',
      'errors: [{status: 404, is: Fail}]',
      /spec\.source\.http\.errors: the answer is an error by source\.http\.errors: status 404/,
      1,
    ],
    ['with one that takes it for no records', 'errors: [{status: 404, is: Skip}]', /records 0 of 0/, 0],
  ])('of status 404 is told %s', async (_what, http, told, code) => {
    const found = await preview(http, 'HTTP/1.1 404 Not Found\r\nServer: x\r\n\r\nno such station');
    expect([found.code, found.out]).toEqual([code, expect.stringMatching(told)]);
  });

  it('of status 304 is no news', async () => {
    const { code, out } = await preview('format: json', 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n');
    expect([code, out]).toEqual([0, expect.stringMatching(/status 304, 0 characters.*no news/)]);
  });

  it('of status 301 tells where it leads', async () => {
    const { code, out } = await preview(
      'format: json',
      'HTTP/1.1 301 Moved\r\nLocation: /v2/weather\r\n\r\n',
    );
    expect([code, out]).toEqual([1, expect.stringMatching(/which leads to \/v2\/weather.*curl -iL/)]);
  });

  it('says when to come back from when it was answered', async () => {
    const head = 'HTTP/1.1 429 Slow\r\nDate: Thu, 01 Jan 2026 18:00:00 GMT\r\n';
    const after = 'Retry-After: Thu, 01 Jan 2026 18:01:30 GMT\r\n\r\n';
    expect((await preview('format: json', head + after)).out).toContain('to come back in 90 s');
  });

  it.each([
    ['br', brotliCompressSync],
    ['deflate', deflateSync],
    ['zstd', zstdCompressSync],
    ['gzip', gzipSync],
    ['br', (text: string) => Buffer.from(text)],
  ])('is decoded by its Content-Encoding %s, unless it has been', async (encoding, encode) => {
    const head = `HTTP/1.1 200 OK\r\nContent-Encoding: ${encoding}\r\n\r\n`;
    const { code, out } = await preview('format: json', Buffer.concat([Buffer.from(head), encode(BODY)]));
    expect([code, out]).toEqual([0, expect.stringContaining('records 1 of 1')]);
  });

  it.each([
    ['UTF-8', Buffer.from(`\uFEFFHTTP/1.1 204 No Content\r\n\r\n`)],
    ['UTF-16', Buffer.from(`\uFEFFHTTP/1.1 204 No Content\r\n\r\n`, 'utf16le')],
  ])('may begin with the byte order mark of %s', async (_charset, answer) => {
    expect((await preview('format: json', answer)).out).toContain('status 204');
  });

  it('of status 204 is no records', async () => {
    const { code, out } = await preview('format: json', 'HTTP/1.1 204 No Content\r\nDate: x\r\n\r\n');
    expect([code, out]).toEqual([0, expect.stringContaining('status 204')]);
  });

  it('says when it was answered, which tells what may still change', async () => {
    const head = 'HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 18:00:00 GMT\r\n\r\n';
    const series = 'format: json\n  series: {frequency: 1d, provisional: last}';
    const { out } = await preview(series, head + BODY);
    expect(out).toContain('provisional 1 (2026-01-01) may change until 2026-01-02');
    expect((await preview(series, head.replace('01 Jan', '02 Jan') + BODY)).out).not.toContain('provisional');
  });

  it('is what a feed is proposed by, too', async () => {
    const answer = await file('answer', `HTTP/1.1 200 OK\r\nA: b\r\n\r\n${BODY}`);
    expect((await tributary('init', '--response', answer)).out).toContain('1 of 1 records');
  });

  it.each([
    ['HTTP/1.1 404 Not Found\r\n\r\nno such station', 'status 404: no such station'],
    ['HTTP/1.1 301 Moved\r\nLocation: /b\r\n\r\n', 'leads to /b'],
    ['HTTP/1.1 304 Not Modified\r\n\r\n', 'status 304'],
  ])('that holds no records proposes no feed: %j', async (answer, says) => {
    const { code, err } = await tributary('init', '--response', await file('answer', answer));
    expect([code, err]).toEqual([2, expect.stringContaining(says)]);
    expect(err).toContain('save an answer that holds records');
  });

  it('is refused where the headers are none, or have no body', async () => {
    const { code, err } = await preview('format: json', BODY, '--headers', await file('head', 'A: b\n'));
    expect([code, err]).toEqual([2, expect.stringContaining('does not begin with a status line')]);
    const alone = await tributary(
      'preview',
      '-f',
      await file('feed.yaml', feed('format: json')),
      '--headers',
      'x',
    );
    expect([alone.code, alone.err]).toEqual([2, expect.stringContaining('give its body with --response')]);
  });
});
