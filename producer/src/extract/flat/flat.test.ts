import { describe, expect, it } from '@jest/globals';
import type { Column } from '@tributary/api';
import fc from 'fast-check';
import { readPage, type PageRecords } from '../../read/read-page.ts';
import { parseExactJson } from '../parse-exact-json.ts';
import { RecordShape, type ShapeOptions } from '../record.ts';
import { FlatScanner } from './scan-flat.ts';

const column = (name: string, role: Column['role'] = 'measure', more: Partial<Column> = {}): Column => ({
  name,
  role,
  type: 'string',
  ...more,
});

/** By the text where that can be done at all, and by the tree. */
function bothWays(
  text: string,
  columns: readonly Column[],
  options: ShapeOptions = {},
  scanner = new FlatScanner(undefined),
) {
  const flat = scanner.scan(text);
  const zone = 'Asia/Tokyo';
  const tree = readPage(parseExactJson(text) as never, new RecordShape(columns, options), { zone });
  return {
    tree: told(tree),
    flat: flat === undefined ? undefined : told(readPage(flat, new RecordShape(columns, options), { zone })),
    simple:
      flat === undefined
        ? 0
        : Array.from({ length: flat.length }, (_, at) => flat.layout(at)).filter(
            (layout) => layout !== undefined,
          ).length,
  };
}

function told({ records, bad }: PageRecords) {
  return {
    bad,
    records: [...records].map(({ key, value, eventTime, identity, hash, cells }) => ({
      key,
      value,
      eventTime,
      identity,
      hash,
      cells: [...cells],
    })),
  };
}

const COLUMNS = [
  column('id', 'key'),
  column('time', 'time'),
  column('price', 'measure', { nulls: ['-1'] }),
  column('note'),
  column('ä b', 'dimension', { path: '"ä b"' }),
];

describe('records read from the text of a page', () => {
  it('are those of the tree, whatever the page', () => {
    const name = fc.constantFrom(
      'id',
      'time',
      'price',
      'note',
      'ä b',
      'x',
      '10',
      '2',
      '__proto__',
      'constructor',
      'a\\u0062',
      '"'.padStart(2, '\\'),
    );
    const number = fc.stringMatching(/^-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,2})?$/);
    const text = fc.oneof(
      fc.constantFrom(
        'None',
        '.',
        '',
        'SECRET',
        '2026-01-01T00:00:00Z',
        '2026-01-02',
        '2026-02-30',
        'a","b":"c',
      ),
      fc.string({ unit: 'binary' }),
      fc.string(),
    );
    const value = fc.oneof(
      { weight: 6, arbitrary: text.map((it) => JSON.stringify(it)) },
      { weight: 4, arbitrary: number },
      { weight: 2, arbitrary: fc.constantFrom('null', 'true', 'false') },
      { weight: 1, arbitrary: fc.constantFrom('{}', '[]', '{"a":[1.0,{"b":null}]}', '"\\u0041"', '"\\/"') },
    );
    const blank = fc.constantFrom('', '', '', ' ', '\n  ', '\t');
    const member = fc
      .tuple(blank, name, blank, blank, value)
      .map(([a, of, b, c, it]) => `${a}"${of}"${b}:${c}${it}`);
    const free = fc
      .tuple(fc.array(member, { maxLength: 6 }), blank)
      .map(([members, end]) => `{${members.join(',')}${end}}`);
    const alike = fc
      .tuple(value, text, value, value)
      .map(
        ([id, time, price, note]) =>
          `{"id":${id},"time":${JSON.stringify(time)},"price":${price},"note":${note},"x":1.0}`,
      );
    const record = fc.oneof({ weight: 5, arbitrary: alike }, { weight: 3, arbitrary: free }, value);
    const page = fc
      .tuple(blank, fc.array(record, { maxLength: 8 }), blank)
      .map(([a, all, b]) => `${a}[${a}${all.join(`${b},${a}`)}${b}]${b}`);
    const columns = fc.subarray(COLUMNS, { minLength: 1 });
    const nulls = fc.subarray(['None', '.', '0', 'true']);
    const redact = (it: string): string => it.replaceAll('SECRET', '[redacted]');
    let simple = 0;
    const scanner = new FlatScanner(undefined);
    fc.assert(
      fc.property(page, columns, nulls, (body, some, words) => {
        const both = bothWays(body, some, { nulls: words, redact }, scanner);
        simple += both.simple;
        expect(both.flat).toEqual(both.tree);
      }),
      { numRuns: 1_000 },
    );
    expect(simple).toBeGreaterThan(100);
  });

  it('keep every digit and every member, in the order of columns and then of the page', () => {
    const { flat, simple } = bothWays(
      '[{"10":"ten","price":100.10,"id":"a","2":12345678901234567890,"time":"2026-01-01T00:00:00Z","note":null}]',
      COLUMNS,
    );
    expect(simple).toBe(1);
    expect(flat?.records[0]?.value).toBe(
      '{"id":"a","time":"2026-01-01T00:00:00Z","price":"100.10","note":null,"ä b":null,"10":"ten","2":"12345678901234567890"}',
    );
  });

  it('are found in a member beside others, and as often as it stands there', () => {
    const scanner = new FlatScanner('data');
    const sizes = (text: string): number | undefined => scanner.scan(text)?.length;
    expect(sizes('{"meta":{"data":[1]},"data":[{"id":"a"},{"id":"b"}],"next":null}')).toBe(2);
    expect(sizes('{"data":[]}')).toBe(0);
    for (const text of [
      '{"data":[],"data":[{"id":"a"}]}',
      '{"data":{"id":"a"}}',
      '{"data":null}',
      '{"meta":1}',
      '[]',
      '{}',
      '{"data":[{"id":"a"}],}',
      '{"data":[{"id":"a"}]',
      '{"data":[{"id":"a"}]} x',
      '{"data":[{"id":"a"},]}',
    ])
      expect(sizes(text)).toBeUndefined();
  });

  it('are none where the page is no JSON', () => {
    const whole = JSON.stringify([{ id: 'a', price: 1.5, note: null }, { id: 'b' }]);
    const scanner = new FlatScanner(undefined);
    fc.assert(
      fc.property(
        fc.nat(whole.length - 1),
        fc.constantFrom('', '"', ',', '}', ']', '0', ' ', '\n', 'x', '\\'),
        (at, char) => {
          const text = whole.slice(0, at) + char + whole.slice(at + 1);
          const flat = scanner.scan(text);
          expect(flat === undefined ? 'none' : [...flat]).toEqual(
            flat === undefined ? 'none' : parseExactJson(text),
          );
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
