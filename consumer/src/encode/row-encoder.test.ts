import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Column } from '@tributary/api';
import { csvText } from './csv-text.ts';
import { RowEncoder } from './row-encoder.ts';
import { rowOf } from './row.ts';
import { dialects } from '../testing/dialects.ts';
import type { TopicRecord } from './topic-record.ts';

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
  'upsert',
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

/** JSON as anybody may publish it: repeated, unknown and odd names, numbers with their digits, no object at all. */
const value = fc.oneof(
  {
    weight: 10,
    arbitrary: fc
      .array(fc.tuple(fc.oneof(fc.constantFrom(...names), text), member), { maxLength: 9 })
      .map(
        (members) =>
          `{${members.map(([name, each]) => `${JSON.stringify(name)}:${typeof each === 'bigint' ? each : JSON.stringify(each)}`).join()}}`,
      ),
  },
  fc.json(),
  fc.constantFrom('', '[', '{"a":1.2300}', 'null', '7', '"x"', '[1]'),
);
const header = fc.option(
  fc.oneof(text, fc.constant('2026-01-02T03:04:05.678Z'), fc.constantFrom('upsert', 'delete')),
  { nil: undefined },
);
const record = fc
  .record({
    offset: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    value: fc.option(value),
    op: header,
    poll: header,
    observed_at: header,
    event_time: header,
  })
  .map(({ offset, value: json, ...headers }): TopicRecord => ({
    partition: 3,
    offset,
    key: Buffer.from('{"id":"k"}'),
    value: json === null ? null : Buffer.from(json),
    headers: new Map(
      Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    timestamp: 1_234,
  }));
const columns = fc
  .uniqueArray(fc.constantFrom(...names), { minLength: 1 })
  .map((chosen) =>
    chosen.map((name, index): Column => ({ name, role: index === 0 ? 'key' : 'measure', type: 'string' })),
  );

describe('the tuned encoder', () => {
  it('gives the bytes of csv-stringify for everything, in every dialect', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 6 }), columns, dialects, (records, declared, csv) => {
        const oracle = csvText(
          records.map((each) => rowOf(each, declared, csv)),
          csv,
        );
        expect(Buffer.from(new RowEncoder(declared, csv).text(records))).toEqual(Buffer.from(oracle));
      }),
      { numRuns: 1_000 },
    );
  });
});
