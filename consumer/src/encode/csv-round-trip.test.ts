import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_DIALECT, type Column, type CsvDialect } from '@tributary/api';
import { dialects } from '../testing/dialects.ts';
import { csvHeader, csvText } from './csv-text.ts';
import { neutraliseFormula } from './formula.ts';
import { parseCsv } from './parse-csv.ts';
import { headerOf, rowOf, type Cell } from './row.ts';
import type { TopicRecord } from './topic-record.ts';

const nasty = fc.constantFrom(
  '',
  ' ',
  '"',
  '""',
  ',',
  ';',
  '|',
  '\t',
  'NULL',
  '\\N',
  '\r',
  '\n',
  '\r\n',
  '\ufeff',
  "'",
  '=1+1',
  '-1',
  '\0',
  'é',
  '𝒳',
);
const text = fc.oneof(
  nasty,
  fc.string({ unit: 'grapheme' }),
  fc.array(nasty).map((parts) => parts.join('')),
);
const cell = fc.option(text, { nil: null });

async function parsed(textOfFile: string, dialect: CsvDialect): Promise<(readonly Cell[])[]> {
  const rows: (readonly Cell[])[] = [];
  const file = Readable.from([Buffer.from(textOfFile)]);
  for await (const { cells } of parseCsv(file, dialect)) rows.push(cells);
  return rows;
}

describe('CSV text', () => {
  it('gives back every cell as it was, telling null from the empty text', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .integer({ min: 2, max: 6 })
          .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }))),
        dialects,
        async (rows, dialect) => {
          const header = Array.from({ length: rows[0]?.length ?? 2 }, (_, index) => `c${index}`);
          const file = csvHeader(header, dialect) + csvText(rows, dialect);
          expect(await parsed(file, dialect)).toEqual(dialect.header ? [header, ...rows] : rows);
        },
      ),
    );
  });

  it('writes null as an empty cell and the empty text as quotes', () => {
    expect(csvText([['a', null, '', 'b']], DEFAULT_DIALECT)).toBe('a,,"",b\n');
  });

  it('writes null as a word on request, and quotes a text that reads the same', () => {
    const dialect = { ...DEFAULT_DIALECT, nullSequence: '\\N', delimiter: '\t' };
    expect(csvText([[null, '\\N', '', 'N']], dialect)).toBe('\\N\t"\\N"\t""\tN\n');
  });

  it('ends lines as asked and quotes what would end them', () => {
    const dialect = { ...DEFAULT_DIALECT, lineTerminator: '\r\n' };
    expect(csvText([['a\rb', 'c\nd']], dialect)).toBe('"a\rb","c\nd"\r\n');
  });

  it('takes the asked quotation mark, doubled within a cell', () => {
    const dialect = { ...DEFAULT_DIALECT, quoteChar: "'", delimiter: '|' };
    expect(csvText([["it's", 'a|b', 'say "x"']], dialect)).toBe(`'it''s'|'a|b'|say "x"\n`);
  });
});

const column = (name: string, role: Column['role'] = 'measure'): Column => ({ name, role, type: 'string' });
const columns = [column('id', 'key'), column('price')];

function record(value: string | null, headers: Record<string, string> = {}): TopicRecord {
  return {
    partition: 3,
    offset: 42n,
    key: Buffer.from('{"id":"IBM"}'),
    value: value === null ? null : Buffer.from(value),
    headers: new Map(Object.entries({ observed_at: '2026-01-02T03:04:05.678Z', poll: 'p1', ...headers })),
    timestamp: 0,
  };
}

const row = (each: TopicRecord, formulasEscaped = false): Record<string, Cell> =>
  Object.fromEntries(
    rowOf(each, columns, { formulasEscaped }).map((value, index) => [headerOf(columns)[index], value]),
  );

describe('a row', () => {
  it('begins with its lineage and ends with what no column declares', () => {
    const cells = row(
      record('{"id":"IBM","price":"1.2300","more":"x","none":null}', { op: 'upsert', event_time: '' }),
    );
    expect(cells).toEqual({
      _partition: '3',
      _offset: '42',
      _op: 'upsert',
      _poll: 'p1',
      _observed_at: '2026-01-02T03:04:05.678Z',
      _event_time: null,
      id: 'IBM',
      price: '1.2300',
      _undeclared: '{"more":"x","none":null}',
    });
  });

  it('keeps every digit and nested text of values that are not text', () => {
    const cells = row(record('{"id":12345678901234567890,"price":1.2300,"deep":{"n":1.10,"list":[1e400]}}'));
    expect(cells).toMatchObject({ id: '12345678901234567890', price: '1.2300' });
    expect(cells['_undeclared']).toBe(JSON.stringify({ deep: '{"n":1.10,"list":[1e400]}' }));
  });

  it('fills only the key columns of a delete', () => {
    expect(row(record(null))).toMatchObject({ _op: 'delete', id: 'IBM', price: null, _undeclared: null });
    expect(row(record('{"id":"IBM","price":"1"}', { op: 'delete' }))).toMatchObject({
      _op: 'delete',
      price: null,
    });
  });

  it('keeps a value that is no JSON object rather than losing it or stopping', () => {
    expect(row(record('[1'))).toMatchObject({ id: null, _undeclared: '{"_unparsed":"[1"}' });
  });

  it('takes the time of the broker where the producer said none', () => {
    expect(row(record('{}', { observed_at: '' }))['_observed_at']).toBe('1970-01-01T00:00:00.000Z');
  });
});

describe('formulas', () => {
  it('are neutralised on request, also behind blanks, while numbers are spared', () => {
    expect(['=1+1', '  @x', '\tx', '-cmd', '-1.5e3', '+.5', '-', 'a=b'].map(neutraliseFormula)).toEqual([
      "'=1+1",
      "'  @x",
      "'\tx",
      "'-cmd",
      '-1.5e3',
      '+.5',
      "'-",
      'a=b',
    ]);
    expect(row(record('{"id":"=x","price":"-1"}'), true)).toMatchObject({
      id: "'=x",
      price: '-1',
      _op: 'upsert',
    });
  });
});
