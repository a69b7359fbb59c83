import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_DIALECT, type Column, type CsvDialect } from '@tributary/api';
import type { FetchedRecord } from '@tributary/kafka';
import { dialects } from '../testing/dialects.ts';
import { layOut } from '../testing/lay-out.ts';
import { csvText } from './csv-text.ts';
import { RowEncoder, type EncodeLimits } from './row-encoder.ts';
import { rowOf } from './row.ts';

const nasty = fc.constantFrom(
  '',
  ' ',
  '"',
  '""',
  ',',
  ';',
  '|',
  'NULL',
  '\\N',
  '\r',
  '\n',
  '\r\n',
  '\ufeff',
  "'",
  '=1+1',
  '-1',
  '+x',
  '@a',
  '\t',
  '\0',
  '\u2028',
  '\ud800',
  'é',
  '𝒳',
);
const text = fc.oneof(
  nasty,
  fc.string({ unit: 'binary' }),
  fc.array(nasty).map((parts) => parts.join('')),
);
const names = ['id', 'value', 'constructor', 'toString', '__proto__', 'a,b', '1'];
const member = fc.oneof(
  { weight: 8, arbitrary: text },
  fc.constant(null),
  fc.double(),
  fc.boolean(),
  fc.bigInt(),
  fc.json(),
);

const written = (name: string, each: unknown): string =>
  `${JSON.stringify(name)}:${typeof each === 'bigint' ? each : JSON.stringify(each)}`;
const textOrNull = fc.oneof({ weight: 6, arbitrary: text }, fc.constant(null));

/** JSON as anybody may publish it: repeated, unknown and odd names, numbers with their digits, no object at all. */
const anyValue = fc.oneof(
  {
    weight: 10,
    arbitrary: fc
      .array(fc.tuple(fc.oneof(fc.constantFrom(...names), text), member), { maxLength: 9 })
      .map((members) => `{${members.map(([name, each]) => written(name, each)).join()}}`),
  },
  fc.json(),
  fc.constantFrom('', '[', '{"a":1.2300}', 'null', '7', '"x"', '[1]'),
);
/** JSON as our producer writes it: the declared columns in order, then others; now and then cut off or with an odd byte. */
const ourValue = (declared: readonly Column[]): fc.Arbitrary<Buffer> =>
  fc
    .record({
      cells: fc.array(textOrNull, { minLength: declared.length, maxLength: declared.length }),
      others: fc.array(fc.tuple(fc.constantFrom('more', 'a "b", c', 'é', '2', 'id'), textOrNull), {
        maxLength: 3,
      }),
      escaping: fc.constantFrom('', '', '', '/', 'b'),
      cut: fc.constantFrom(0, 0, 0, 0, 1, 2, 9),
      odd: fc.option(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { freq: 9 }),
    })
    .map(({ cells, others, escaping, cut, odd }) => {
      const members = declared.map(({ name }, index) => written(name, cells[index]));
      const json = `{${[...members, ...others.map(([name, each]) => written(name, each))].join()}}`;
      const escaped =
        escaping === ''
          ? json
          : json.replaceAll(
              escaping,
              escaping === '/' ? '\\/' : `\\u00${escaping.charCodeAt(0).toString(16)}`,
            );
      const bytes = Buffer.from(escaped.slice(0, escaped.length - cut));
      if (odd !== null && bytes.length > 0) bytes[odd[0] % bytes.length] = odd[1];
      return bytes;
    });
const header = fc.option(
  fc.oneof(
    text,
    fc.constantFrom('2026-01-02T03:04:05.678Z', '2026-01-02T03:04:06.678Z'),
    fc.constantFrom('upsert', 'delete'),
  ),
  { nil: undefined },
);
const ourHeaders = fc.record({
  op: fc.constantFrom('upsert', 'upsert', 'upsert', 'delete'),
  poll: fc.constantFrom('poll-1', 'poll-2', 'a, "b"', ''),
  observed_at: fc.constant('2026-01-02T03:04:05.678Z'),
  event_time: fc.oneof(
    fc.constantFrom('2026-01-02T03:04:05.678Z', '2026-01-02T03:04:06.678Z', ''),
    fc.string({ unit: 'binary' }),
  ),
});
const anyHeaders = fc.record({ op: header, poll: header, observed_at: header, event_time: header });
const record = (declared: readonly Column[]): fc.Arbitrary<FetchedRecord> =>
  fc
    .record({
      offset: fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.bigInt({ min: 0n, max: 1_100n })),
      value: fc.oneof(
        { weight: 5, arbitrary: ourValue(declared) },
        { weight: 2, arbitrary: anyValue.map((json) => Buffer.from(json)) },
        fc.constant(null),
      ),
      headers: fc.oneof({ weight: 3, arbitrary: ourHeaders }, anyHeaders),
    })
    .map(({ offset, value, headers }) =>
      layOut({
        topic: 't',
        partition: 3,
        offset,
        key: Buffer.from('{"id":"k"}'),
        value,
        headers: new Map(
          Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
        ),
        timestamp: 1_234,
      }),
    );
const columns = fc
  .uniqueArray(fc.constantFrom(...names), { minLength: 1 })
  .map((chosen) =>
    chosen.map((name, index): Column => ({ name, role: index === 0 ? 'key' : 'measure', type: 'string' })),
  );

const group = columns.chain((declared) =>
  fc.record({
    declared: fc.constant(declared),
    records: fc.array(record(declared), { maxLength: 8 }),
  }),
);

function byCsvStringify(
  records: readonly FetchedRecord[],
  declared: readonly Column[],
  csv: CsvDialect,
): Buffer {
  return Buffer.from(
    csvText(
      records.map((each) => rowOf(each, declared, csv)),
      csv,
    ),
  );
}

function encodeAll(
  records: readonly FetchedRecord[],
  declared: readonly Column[],
  csv: CsvDialect,
  limits: EncodeLimits,
): Buffer[] {
  const encoder = new RowEncoder(declared, csv);
  const chunks: Buffer[] = [];
  for (let start = 0; start < records.length;) {
    const { bytes, end } = encoder.encode(records, start, limits);
    chunks.push(bytes);
    start = end;
  }
  return chunks;
}

describe('the tuned encoder', () => {
  it('gives the bytes of csv-stringify for everything, in every dialect', () => {
    fc.assert(
      fc.property(group, dialects, fc.constantFrom(1, 2, 1_000), ({ records, declared }, csv, rows) => {
        const limits = { rows, bytes: Number.POSITIVE_INFINITY };
        expect(Buffer.concat(encodeAll(records, declared, csv, limits))).toEqual(
          byCsvStringify(records, declared, csv),
        );
      }),
      { numRuns: 1_500 },
    );
  });

  const declared = [{ name: 'id', role: 'key', type: 'string' }] as const;
  const withText = (id: string): FetchedRecord =>
    layOut({
      topic: 't',
      partition: 0,
      offset: 0n,
      key: null,
      value: Buffer.from(JSON.stringify({ id })),
      headers: new Map([['observed_at', '2026-01-02T03:04:05.678Z']]),
      timestamp: 0,
    });

  it('goes on in another chunk where one is full, also with rows that are larger than a chunk', () => {
    const sizes = [10, 100_000, 100_000, 100_000, 1_000_000, 3, 140_000, 300_000, 1];
    const records = sizes.map((size) => withText('x'.repeat(size)));
    const chunks = encodeAll(records, declared, DEFAULT_DIALECT, {
      rows: 1_000,
      bytes: Number.POSITIVE_INFINITY,
    });
    expect(Buffer.concat(chunks).equals(byCsvStringify(records, declared, DEFAULT_DIALECT))).toBe(true);
    expect(chunks.length).toBeGreaterThan(4);
  });

  it('ends with the row that reaches the limit', () => {
    const records = Array.from({ length: 10 }, () => withText('x'.repeat(60)));
    const chunks = encodeAll(records, declared, DEFAULT_DIALECT, {
      rows: 4,
      bytes: Number.POSITIVE_INFINITY,
    });
    expect(chunks.map((chunk) => chunk.toString().split('\n').length - 1)).toEqual([4, 4, 2]);
    const small = encodeAll(records, declared, DEFAULT_DIALECT, { rows: 10, bytes: 150 });
    expect(small.map((chunk) => chunk.toString().split('\n').length - 1)).toEqual([2, 2, 2, 2, 2]);
  });
});
