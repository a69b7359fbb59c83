import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { producerConfig } from '@tributary/api';
import { SecretFolder, SecretRegistry } from '@tributary/runtime';
import { readPage } from '../read/read-page.ts';
import { RecordShape } from '../extract/record.ts';
import { compileSource, type FeedSource } from './feed-source.ts';

const page = { token: undefined, cursor: undefined };

function source(http: Record<string, unknown>): FeedSource {
  const parsed = producerConfig().shape.source.parse({
    http: { request: { url: 'https://api.example.com/' }, ...http },
  });
  return compileSource(parsed, new SecretFolder('/nowhere', new SecretRegistry()));
}

/** What becomes of a body: the number of records, or the reason why there are none. */
function outcome(http: Record<string, unknown>, body: string): unknown {
  try {
    return source(http).read({ body, headers: {} }, page).records.length;
  } catch (error) {
    return (error as { code?: string }).code ?? error;
  }
}

const NOT_READ = expect.stringMatching(/^(BodySyntax|UpstreamShapeChanged|BadRequest|ResponseTooLarge)/);

describe('a body that attacks its reader', () => {
  it.each([
    ['nested lists', '['.repeat(1_000_000)],
    ['nested objects', '{"a":'.repeat(200_000)],
    ['closed nesting', '['.repeat(50_000) + ']'.repeat(50_000)],
  ])('with %s is refused', (_what, body) => {
    expect(outcome({}, body)).toEqual(NOT_READ);
  });

  it('with entities that unfold is refused, or they stay folded', () => {
    const lol = Array.from({ length: 10 }, (_, n) => `<!ENTITY e${n + 1} "${`&e${n};`.repeat(10)}">`);
    const body = `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e0 "lol">${lol.join('')}]><r><i>&e10;</i></r>`;
    const began = performance.now();
    const result = outcome({ format: 'xml', records: 'r.i' }, body);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect([1, 'BodySyntax', 'UpstreamShapeChanged']).toContain(result);
  });

  it('with an external entity reads no file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tributary-entity-'));
    const file = join(folder, 'entity');
    writeFileSync(file, 'MARKER-4711');
    const body = `<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "${pathToFileURL(file).href}">]><r><i>&x;</i></r>`;
    const read = (): string =>
      JSON.stringify(source({ format: 'xml', records: 'r.i' }).read({ body, headers: {} }, page).records);
    let text = '';
    try {
      text = read();
    } catch (error) {
      text = String(error);
    }
    rmSync(folder, { recursive: true });
    expect(text).not.toContain('MARKER-4711');
  });

  it('with the names of prototypes changes none, and loses no value', () => {
    const body =
      '[{"id":"1","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":"x"}]';
    const records = source({}).read({ body, headers: {} }, page).records;
    const shape = new RecordShape([{ name: 'id', role: 'key', type: 'string' }]);
    const read = readPage(records, shape, {});
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(read.bad).toEqual([]);
    expect(read.records.at(0)?.value).toContain('"toString":"x"');
    expect(read.records.at(0)?.value).toContain('polluted');
  });
});

describe('a selector that attacks', () => {
  it.each(['__proto__', 'constructor', 'constructor.constructor', 'toString', 'data.__proto__.polluted'])(
    '%s reaches no prototype',
    (records) => {
      expect(outcome({ records }, '{"data":{}}')).toEqual(NOT_READ);
    },
  );

  it('of two thousand brackets is read as what it says', () => {
    expect(outcome({ records: `${'('.repeat(2_000)}a${')'.repeat(2_000)}` }, '{"a":[7]}')).toBe(1);
  });

  it('that multiplies a body is stopped', () => {
    const body = JSON.stringify({ a: Array.from({ length: 20_000 }, (_, index) => index) });
    const began = performance.now();
    const result = outcome({ records: 'a[].[@,@,@,@,@,@,@,@][].[@,@,@,@,@,@,@,@][]' }, body);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(result).toEqual(NOT_READ);
  });
});
