import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { producerConfig, type Column } from '@tributary/api';
import { createLogger, SecretFolder, SecretRegistry } from '@tributary/runtime';
import fc from 'fast-check';
import type { AnswerBytes } from '../fetch/read-answer.ts';
import { compileSource, type PageAsked } from '../source/feed-source.ts';
import { AnswerReader, type AnswerOpened, type AnswerRead } from './answer-reader.ts';
import { PageReading } from './page-reading.ts';
import { ReadingThread } from './reading-thread.ts';

const SECRET = 'K"Y/4711-secret';
const source = producerConfig().shape.source.parse({
  http: {
    request: { url: 'https://api.example.com/events' },
    records: 'data',
    pagination: { page: { parameter: 'page', size: 1 }, maxPages: 100 },
  },
});
const columns: Column[] = [
  { name: 'id', role: 'key', type: 'string' },
  { name: 'time', role: 'time', type: 'timestamp' },
  { name: 'note', role: 'dimension', type: 'string' },
];
const second: PageAsked = { token: '2', cursor: undefined, generation: 3 };
const signal = new AbortController().signal;
/** Pages of less are read without a thread. */
const PADDING = ' '.repeat(16 * 1024);
const folder = mkdtempSync(join(tmpdir(), 'tributary-read-'));
const threads: ReadingThread[] = [];

afterEach(() => {
  for (const thread of threads.splice(0)) thread.end();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function startedBy(file: URL, failed: (error: unknown) => void, mostOfPage?: number): ReadingThread {
  const thread = new ReadingThread(file, { source, columns, snapshot: false, mostOfPage }, failed);
  threads.push(thread);
  return thread;
}

/** Reads by a thread that has started, and by none. */
async function readers(options: { file?: URL; mostOfPage?: number; endThreadAfterMs?: number } = {}) {
  const { file = new URL('thread.ts', import.meta.url), mostOfPage, endThreadAfterMs } = options;
  const secrets = new SecretRegistry();
  const lines: string[] = [];
  const logger = createLogger({ component: 'test', registry: secrets, write: (line) => lines.push(line) });
  const here = new AnswerReader(compileSource(source, new SecretFolder(folder, secrets), columns), {
    columns,
    snapshot: false,
    redact: (text) => secrets.redact(text),
    now: () => 0,
    mostOfPage,
  });
  let thread: ReadingThread | undefined;
  const beginThread = (failed: (error: unknown) => void): ReadingThread =>
    (thread = startedBy(file, failed, mostOfPage));
  const byThread = new PageReading(here, { secrets, logger, beginThread, endThreadAfterMs });
  const alone = new PageReading(here, { secrets, logger });
  // The first page begins the thread, and is read without it.
  await byThread.read(answer('{"data":[]}'), second, { signal, opened: () => undefined });
  return { byThread, alone, secrets, lines, thread: () => thread };
}

function answer(body: string): AnswerBytes {
  return { status: 200, headers: { 'retry-after': '7' }, bytes: new TextEncoder().encode(body + PADDING) };
}

async function read(reading: PageReading, body: string): Promise<unknown> {
  const opened: AnswerOpened[] = [];
  try {
    const it = await reading.read(answer(body), second, { signal, opened: (told) => opened.push(told) });
    return { ...told(it), opened: opened[0] };
  } catch (error) {
    const { code, message, retryAfterMs, body: kept } = error as Record<string, unknown>;
    return { code, message, retryAfterMs, kept };
  }
}

function told({ records: { records, bad }, ...rest }: AnswerRead) {
  const all = [...records].map((record) => {
    const { key, value, eventTime, identity, hash, time } = record;
    const state = record.stateFor('state', 3);
    return { key, value, eventTime, identity, hash, time, state: [state?.key, state?.value] };
  });
  return { ...rest, all, bad };
}

const value = fc.oneof(
  fc.constantFrom('"a"', '"\\u0061\\n"', '1.50', '1e400', 'null', 'true', '{"x":[1]}', '"漢字"'),
  fc.constant(JSON.stringify(`an echo of ${SECRET}`)),
);
const row = fc
  .tuple(fc.constantFrom('"1"', '"2"', '3', 'null', '"\\u0031"'), fc.constantFrom('1', '2', 'x'), value)
  .map(([id, day, note]) => `{"id":${id},"time":"2026-01-0${day}","note":${note}}`);

describe('a page that a thread reads', () => {
  it('comes to what it would without one: records, dead letters, what is remembered, how it goes on', async () => {
    const { byThread, alone, secrets, thread } = await readers();
    secrets.add(SECRET);
    await thread()?.started;
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 30 }), async (rows) => {
        const body = `{"data":[${rows.join(',')}]}`;
        const there = await read(byThread, body);
        expect(there).toEqual(await read(alone, body));
        expect(JSON.stringify(there)).not.toContain('4711');
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['what is no JSON', '{"data":['],
    ['another shape', '{"data":5}'],
    ['more records than are read', `{"data":[${Array.from({ length: 6 }, () => '{"id":1}').join(',')}]}`],
  ])('fails for the same reason where it is %s', async (_what, body) => {
    const { byThread, alone, thread } = await readers({ mostOfPage: 5 });
    await thread()?.started;
    expect(await read(byThread, body)).toEqual(await read(alone, body));
    expect(await read(byThread, '{"data":[{"id":"1"}]}')).toMatchObject({ count: 1 });
  });

  it('tells how it goes on before its records are read', async () => {
    const { byThread, thread } = await readers();
    await thread()?.started;
    const order: string[] = [];
    const opened = ({ next, count }: AnswerOpened) => order.push(`opened ${count}, then page ${next}`);
    await byThread.read(answer('{"data":[{"id":"1"}]}'), second, { signal, opened });
    order.push('read');
    expect(order).toEqual(['opened 1, then page 3', 'read']);
  });

  it('holds no secret that has been rotated since the thread began', async () => {
    const { byThread, secrets, thread } = await readers();
    await thread()?.started;
    await read(byThread, '{"data":[{"id":"1"}]}');
    secrets.add('NEW-KEY-0815');
    const there = await read(byThread, '{"data":[{"id":"1","note":"NEW-KEY-\\u0030815"}]}');
    expect(JSON.stringify(there)).toContain('[redacted]');
  });

  it('is asked for again where the thread ends; those after it are read without one', async () => {
    const file = join(folder, 'dies.mjs');
    writeFileSync(
      file,
      `import { parentPort } from 'node:worker_threads';
      parentPort.on('message', () => { throw new RangeError('out of everything'); });
      parentPort.postMessage('started');`,
    );
    const { byThread, lines, thread } = await readers({ file: pathToFileURL(file) });
    await thread()?.started;
    expect(await read(byThread, '{"data":[{"id":"1"}]}')).toMatchObject({
      code: 'UpstreamFailed',
      message: 'the thread that read a page has ended; the page is asked for again',
    });
    expect(await read(byThread, '{"data":[{"id":"1"}]}')).toMatchObject({ count: 1 });
    expect(lines.join('')).toMatch(/the thread that reads large pages has ended/);
    expect(lines.join('')).toMatch(/out of everything/);
  });

  it('is read without the thread where that cannot start', async () => {
    const { byThread } = await readers({ file: pathToFileURL(join(folder, 'missing.mjs')) });
    expect(await read(byThread, '{"data":[{"id":"1"}]}')).toMatchObject({ count: 1 });
  });
});

describe('the thread', () => {
  it('ends when there has been nothing to read for a while, and begins again', async () => {
    const { byThread, thread } = await readers({ endThreadAfterMs: 50 });
    const first = thread();
    await first?.ended;
    expect(await read(byThread, '{"data":[{"id":"1"}]}')).toMatchObject({ count: 1 });
    expect(thread()).not.toBe(first);
  });

  it('is not begun for the first page of a poll, nor for small ones', async () => {
    const begun: string[] = [];
    const secrets = new SecretRegistry();
    const logger = createLogger({ component: 'test', registry: secrets, write: () => undefined });
    const here = new AnswerReader(compileSource(source, new SecretFolder(folder, secrets), columns), {
      columns,
      snapshot: false,
      redact: String,
      now: () => 0,
    });
    const beginThread = (failed: (error: unknown) => void): ReadingThread => {
      begun.push('begun');
      return startedBy(new URL('thread.ts', import.meta.url), failed);
    };
    const reading = new PageReading(here, { secrets, logger, beginThread });
    const hearing = { signal, opened: () => undefined };
    await reading.read(answer('{"data":[{"id":"1"}]}'), { ...second, token: undefined }, hearing);
    const small = { ...answer(''), bytes: new TextEncoder().encode('{"data":[{"id":"1"}]}') };
    await reading.read(small, second, hearing);
    expect(begun).toEqual([]);
    await reading.read(answer('{"data":[{"id":"1"}]}'), second, hearing);
    expect(begun).toEqual(['begun']);
  });
});
