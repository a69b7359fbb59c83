import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { producerConfig, type Column } from '@tributary/api';
import { createLogger, SecretFolder, SecretRegistry } from '@tributary/runtime';
import fc from 'fast-check';
import type { UpstreamError } from '../fetch/upstream-error.ts';
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
const ONE = '{"data":[{"id":"1"}]}';
/** Pages of less are read without a thread. */
const PADDING = ' '.repeat(16 * 1024);
const folder = mkdtempSync(join(tmpdir(), 'tributary-read-'));
const threads: ReadingThread[] = [];

afterEach(() => {
  for (const thread of threads.splice(0)) thread.end();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function startedBy(
  file: URL,
  failed: (error: unknown) => void,
  { mostOfPage, silentForMs }: { mostOfPage?: number; silentForMs?: number } = {},
): ReadingThread {
  const options = { source, columns, snapshot: false, mostOfPage };
  const thread = new ReadingThread(file, options, failed, silentForMs);
  threads.push(thread);
  return thread;
}

/** Reads by a thread that has started, and by none. */
async function readers(
  options: { file?: URL; mostOfPage?: number; endThreadAfterMs?: number; silentForMs?: number } = {},
) {
  const { file = new URL('thread.ts', import.meta.url), mostOfPage, endThreadAfterMs } = options;
  const secrets = new SecretRegistry();
  const lines: string[] = [];
  const logger = createLogger({ component: 'test', registry: secrets, write: (line) => lines.push(line) });
  const reader = new AnswerReader(compileSource(source, new SecretFolder(folder, secrets), columns), {
    columns,
    snapshot: false,
    redact: (text) => secrets.redact(text),
    now: () => 0,
    mostOfPage,
  });
  let thread: ReadingThread | undefined;
  const beginThread = (failed: (error: unknown) => void): ReadingThread =>
    (thread = startedBy(file, failed, options));
  let at = 0;
  const monotonic = (): number => at;
  // Reads what the thread does not.
  let here = 0;
  const counted = {
    read: (...asked: Parameters<AnswerReader['read']>) => ((here += 1), reader.read(...asked)),
  };
  const byThread = new PageReading(counted as AnswerReader, {
    secrets,
    logger,
    beginThread,
    endThreadAfterMs,
    monotonic,
  });
  const alone = new PageReading(reader, { secrets, logger });
  // The second large page begins the thread, and is read without it.
  for (let page = 0; page < 2; page += 1)
    await byThread.read(answer('{"data":[]}'), second, { signal, opened: () => undefined });
  here = 0;
  return {
    byThread,
    alone,
    secrets,
    lines,
    thread: () => thread,
    readHere: () => here,
    pass: (ms: number) => (at += ms),
  };
}

function answer(body: string): AnswerBytes {
  return { status: 200, headers: { 'retry-after': '7' }, bytes: new TextEncoder().encode(body + PADDING) };
}

/** A thread that does something else: the text of a function of what it is sent. */
function standIn(name: string, does: string): URL {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(
    file,
    `import { parentPort } from 'node:worker_threads';
    parentPort.on('message', ${does});
    parentPort.postMessage('started');`,
  );
  return pathToFileURL(file);
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
    const { byThread, alone, secrets, thread, readHere } = await readers();
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
    expect(readHere()).toBe(0);
  });

  it.each([
    ['what is no JSON', '{"data":['],
    ['another shape', '{"dates":[]}'],
    ['more records than are read', `{"data":[${Array.from({ length: 6 }, () => '{"id":1}').join(',')}]}`],
  ])('fails for the same reason where it is %s', async (_what, body) => {
    const { byThread, alone, thread, readHere } = await readers({ mostOfPage: 5 });
    await thread()?.started;
    expect(await read(byThread, body)).toEqual(await read(alone, body));
    expect(readHere()).toBe(1);
    expect(await read(byThread, ONE)).toMatchObject({ count: 1 });
    expect(readHere()).toBe(1);
  });

  it('tells how it goes on before its records are read', async () => {
    const { byThread, thread, readHere } = await readers();
    await thread()?.started;
    const order: string[] = [];
    const opened = ({ next, count }: AnswerOpened) => order.push(`opened ${count}, then page ${next}`);
    await byThread.read(answer(ONE), second, { signal, opened });
    order.push('read');
    expect(order).toEqual(['opened 1, then page 3', 'read']);
    expect(readHere()).toBe(0);
  });

  it('holds no secret that has been rotated since the thread began', async () => {
    const { byThread, secrets, thread, readHere } = await readers();
    await thread()?.started;
    await read(byThread, ONE);
    secrets.add('NEW-KEY-0815');
    const there = await read(byThread, '{"data":[{"id":"1","note":"NEW-KEY-\\u0030815"}]}');
    expect(JSON.stringify(there)).toContain('[redacted]');
    expect(readHere()).toBe(0);
  });

  it.each([
    ['throws', 'throw new RangeError("out of everything");', /out of everything/],
    ['ends', 'process.exit(3);', /it ended with code 3/],
    [
      'takes more memory than it may',
      'for (const all = []; ; ) all.push(Array(1e5).fill(all));',
      /OUT_OF_MEMORY/,
    ],
    ['says nothing any more', 'for (;;);', /it has been silent for 0.5 s/],
  ])(
    'is asked for again where the thread %s; those after it are read without one',
    async (_what, does, why) => {
      const file = standIn('ends', `() => { ${does} }`);
      const { byThread, lines, thread } = await readers({ file, silentForMs: 500 });
      await thread()?.started;
      const both = await Promise.all([read(byThread, ONE), read(byThread, ONE)]);
      expect(both.map((one) => (one as UpstreamError).message)).toEqual(
        Array(2).fill('the thread that read a page has ended; the page is asked for again'),
      );
      expect(await read(byThread, ONE)).toMatchObject({ count: 1 });
      expect(lines.join('')).toMatch(/the thread that reads large pages has ended/);
      expect(lines.join('')).toMatch(why);
      expect(lines).toHaveLength(1);
    },
  );

  it('is not waited for once nobody asks for it', async () => {
    const { byThread, thread } = await readers({ file: standIn('silent', '() => {}'), silentForMs: 500 });
    await thread()?.started;
    const stop = new AbortController();
    const asked = byThread.read(answer(ONE), second, { signal: stop.signal, opened: () => undefined });
    stop.abort(new Error('stopped'));
    const late = byThread.read(answer(ONE), second, { signal: stop.signal, opened: () => undefined });
    await expect(late).rejects.toThrow('stopped');
    await expect(asked).rejects.toThrow('stopped');
    await thread()?.ended;
  });

  it('is read without the thread, and so are those after it, where only the thread cannot read them', async () => {
    const back = '({ id, given }) => parentPort.postMessage({ id, given, reason: "no such thing" })';
    const { byThread, lines, thread, readHere } = await readers({ file: standIn('back', back) });
    await thread()?.started;
    for (let page = 1; page <= 4; page += 1) expect(await read(byThread, ONE)).toMatchObject({ count: 1 });
    expect(readHere()).toBe(4);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/cannot read them.*no such thing|no such thing.*cannot read them/);
    await thread()?.ended;
  });

  it('is read without the thread where that cannot start', async () => {
    const { byThread } = await readers({ file: pathToFileURL(join(folder, 'missing.mjs')) });
    expect(await read(byThread, ONE)).toMatchObject({ count: 1 });
  });
});

describe('the thread', () => {
  it('ends when there has been nothing to read for a while, and begins again', async () => {
    const { byThread, thread } = await readers({ endThreadAfterMs: 50 });
    const first = thread();
    await first?.ended;
    expect(await read(byThread, ONE)).toMatchObject({ count: 1 });
    expect(thread()).not.toBe(first);
  });

  it('is begun for pages that come quickly only, and again a while after one has ended by itself', async () => {
    const { byThread, thread, pass } = await readers({ file: standIn('exits', '() => process.exit(1)') });
    const [first] = [thread()];
    await first?.started;
    await read(byThread, ONE);
    const later = async (ms: number) => {
      pass(ms);
      await read(byThread, ONE);
      return thread() === first ? 'none' : 'another';
    };
    expect(await later(1_000)).toBe('none');
    expect(await later(10 * 60_000)).toBe('none');
    expect(await later(2_000)).toBe('none');
    expect(await later(1_999)).toBe('another');
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
    await reading.read(answer(ONE), { ...second, token: undefined }, hearing);
    const small = { ...answer(''), bytes: new TextEncoder().encode(ONE) };
    await reading.read(small, second, hearing);
    expect(begun).toEqual([]);
    await reading.read(answer(ONE), second, hearing);
    expect(begun).toEqual(['begun']);
  });
});
