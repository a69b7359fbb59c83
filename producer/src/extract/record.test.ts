import { describe, expect, it } from '@jest/globals';
import type { Column } from '@tributary/api';
import fc from 'fast-check';
import { parseExactJson } from './parse-exact-json.ts';
import { BadRecordError, RecordShape } from './record.ts';

const column = (name: string, role: Column['role'] = 'measure', more: Partial<Column> = {}): Column => ({
  name,
  role,
  type: 'string',
  ...more,
});
const read = (shape: RecordShape, text: string, zone?: string) => shape.read(parseExactJson(text), { zone });

describe('a record', () => {
  it('holds declared columns in their order, then the other members by their names', () => {
    const shape = new RecordShape([
      column('id', 'key'),
      column('time', 'time', { path: 'properties.time', format: 'epochMillis' }),
      column('mag', 'measure', { path: 'properties.mag' }),
    ]);
    const record = read(
      shape,
      '{"type":"Feature","10":"ten","id":"us7000","properties":{"mag":5.10,"time":1767225600123,"place":"Fiji","tsunami":0}}',
    );
    expect(record.key).toBe('{"id":"us7000"}');
    expect(record.value).toBe(
      '{"id":"us7000","time":"1767225600123","mag":"5.10","type":"Feature","10":"ten","properties.place":"Fiji","properties.tsunami":"0"}',
    );
    expect(record.eventTime).toBe('2026-01-01T00:00:00.123Z');
  });

  it('keeps a member that bears the name of a column which is taken from elsewhere', () => {
    const shape = new RecordShape([
      column('id', 'key'),
      column('time', 'dimension', { path: 'properties.time' }),
    ]);
    expect(read(shape, '{"id":"a","time":"outer","properties":{"time":"inner"}}').value).toBe(
      '{"id":"a","time":"inner","$.time":"outer"}',
    );
  });

  it('finds a member whose own name holds dots, and items by index', () => {
    const shape = new RecordShape([
      column('id', 'key', { path: 'a.b' }),
      column('second', 'measure', { path: 'list.1' }),
    ]);
    expect(read(shape, '{"a.b":"whole","a":{"b":"nested"},"list":[1,2.0]}').value).toBe(
      '{"id":"whole","second":"2.0","a":"{\\"b\\":\\"nested\\"}","list":"[1,2.0]"}',
    );
  });

  it('never reaches a prototype', () => {
    const shape = new RecordShape([
      column('id', 'key'),
      column('a', 'measure', { path: 'constructor.name' }),
      column('b', 'measure', { path: '__proto__.toString' }),
    ]);
    expect(read(shape, '{"id":"x"}').value).toBe('{"id":"x","a":null,"b":null}');
  });

  it('tells a missing value by the words that the source gives for it', () => {
    const shape = new RecordShape([column('id', 'key'), column('value')], { nulls: ['None', '.'] });
    expect(
      ['None', '.', '', 'none'].map((value) => read(shape, `{"id":"x","value":"${value}"}`).value),
    ).toEqual([
      '{"id":"x","value":null}',
      '{"id":"x","value":null}',
      '{"id":"x","value":""}',
      '{"id":"x","value":"none"}',
    ]);
  });

  it('goes to the dead letters without a key, with a time that is none, or when it is nothing', () => {
    const shape = new RecordShape([column('id', 'key'), column('time', 'time')]);
    for (const text of [
      '{"time":"2026-01-01"}',
      '{"id":"","time":"2026-01-01"}',
      '{"id":null,"time":"2026-01-01"}',
      '{"id":"x","time":"soon"}',
      '[]',
      '"x"',
      '1',
      'null',
    ])
      expect(() => read(shape, text)).toThrow(BadRecordError);
    expect(() => read(new RecordShape([column('value')]), '{"value":1}')).toThrow(BadRecordError);
    expect(read(shape, '{"id":"x","time":null}').eventTime).toBe('');
  });

  it('is identified by its time as written where there is no key column', () => {
    const shape = new RecordShape([column('time', 'time', { zone: 'America/New_York' }), column('value')]);
    expect(read(shape, '{"time":"2026-03-06","value":1}')).toMatchObject({
      key: '{"time":"2026-03-06"}',
      eventTime: '2026-03-06T05:00:00.000Z',
    });
  });

  it('is read in the zone that the body states, else in that of its column', () => {
    const shape = new RecordShape([column('time', 'time', { zone: 'America/New_York' })]);
    expect([
      read(shape, '{"time":"2026-01-02 10:00"}', 'Asia/Tokyo').eventTime,
      read(shape, '{"time":"2026-01-02 10:00"}').eventTime,
    ]).toEqual(['2026-01-02T01:00:00.000Z', '2026-01-02T15:00:00.000Z']);
  });

  it('takes out a secret that only parsing has made visible', () => {
    const shape = new RecordShape([column('id', 'key'), column('value')], {
      redact: (text) => text.replaceAll('KEY/4711', '[redacted]'),
    });
    expect(read(shape, '{"id":"KEY\\/4711","value":"my KEY\\/4711"}')).toMatchObject({
      key: '{"id":"[redacted]"}',
      value: '{"id":"[redacted]","value":"my [redacted]"}',
    });
  });

  it('loses no member and no character of one, whatever the body and the columns', () => {
    const names = fc.constantFrom('id', 'a', 'b', 'c', 'a.b', '0', '__proto__', 'constructor', 'ä "quoted"');
    const value = fc.oneof(
      fc.string(),
      fc.stringMatching(/^-?[1-9][0-9]{0,25}(\.[0-9]{1,9})?$/).map((text) => ({ number: text })),
    );
    const members = fc.uniqueArray(fc.tuple(names, value), { selector: ([name]) => name, minLength: 1 });
    const columns = fc.uniqueArray(fc.constantFrom('a', 'b', 'a.b', 'constructor'), {});
    fc.assert(
      fc.property(members, columns, (pairs, paths) => {
        const all = [...pairs.filter(([name]) => name !== 'id'), ['id', 'me'] as const];
        const text = `{${all.map(([name, it]) => `${JSON.stringify(name)}:${typeof it === 'string' ? JSON.stringify(it) : it.number}`).join(',')}}`;
        const shape = new RecordShape([
          column('id', 'key'),
          ...paths.map((path, index) => column(`col${index}`, 'measure', { path })),
        ]);
        const cells = Object.values(
          JSON.parse(read(shape, text).value) as Record<string, string | null>,
        ).filter((cell) => cell !== null);
        expect(cells.sort()).toEqual(all.map(([, it]) => (typeof it === 'string' ? it : it.number)).sort());
      }),
      { numRuns: 500 },
    );
  });

  it('has an equal hash exactly when its content is equal', () => {
    const shape = new RecordShape([column('id', 'key'), column('value')]);
    const texts = ['"1.0"', '1.0', '"1.00"', 'null', '""'].map(
      (value) => read(shape, `{"id":"x","value":${value}}`).hash,
    );
    expect(texts[0]).toBe(texts[1]);
    expect(new Set(texts).size).toBe(4);
  });
});
