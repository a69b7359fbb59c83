import { describe, expect, it } from '@jest/globals';
import { parseExactJson } from './parse-exact-json.ts';
import { compileSelector, compileTest } from './selector.ts';

const select = (expression: string | undefined, body: string): string =>
  JSON.stringify(compileSelector(expression)(parseExactJson(body)));

describe('selecting records', () => {
  it('compares numbers and keeps their digits', () => {
    const body = '{"features":[{"mag":1.10},{"mag":2.50},{"mag":12345678901234567890}]}';
    expect(select('features[?mag > `2`]', body)).toBe('[{"mag":2.50},{"mag":12345678901234567890}]');
    expect(select('features[?mag == `2.5`]', body)).toBe('[{"mag":2.50}]');
  });

  it('keeps the digits of numbers that an expression puts into objects of its own', () => {
    expect(select('rows[*].{id: @[0], value: @[1]}', '{"rows":[["a",1.2300],["b",9007199254740993]]}')).toBe(
      '[{"id":"a","value":1.2300},{"id":"b","value":9007199254740993}]',
    );
  });

  it('keeps the digits of numbers that are equal and written differently', () => {
    expect(select('rows[*].{value: @[0]}', '{"rows":[[1.0],[1.00]]}')).toBe('[{"value":1.0},{"value":1.00}]');
  });

  it('takes the body, or its items, without an expression', () => {
    expect([select(undefined, '{"a":1.0}'), select(undefined, '[{"a":1.0},{"a":2}]')]).toEqual([
      '[{"a":1.0}]',
      '[{"a":1.0},{"a":2}]',
    ]);
  });

  it('holds an expression that selects nothing for a changed shape, and an empty list for no records', () => {
    expect(() => select('data.items', '{"error":"x"}')).toThrow(
      expect.objectContaining({ code: 'UpstreamShapeChanged' }),
    );
    expect(select('data', '{"data":[]}')).toBe('[]');
  });

  it('reaches own members only', () => {
    expect(() => select('constructor', '{"a":1}')).toThrow(
      expect.objectContaining({ code: 'UpstreamShapeChanged' }),
    );
    expect(() => select('__proto__.toString', '{"a":1}')).toThrow(
      expect.objectContaining({ code: 'UpstreamShapeChanged' }),
    );
  });

  it('tells a user which expression is none', () => {
    expect(() => compileSelector('a[')).toThrow(expect.objectContaining({ code: 'BadRequest' }));
  });

  it('tests a body by what is not null, false or empty', () => {
    const holds = (body: string): boolean => compileTest('Note || Information')(parseExactJson(body));
    expect([
      holds('{"Note":"slow down"}'),
      holds('{"Information":"x"}'),
      holds('{"data":[]}'),
      holds('{"Note":""}'),
    ]).toEqual([true, true, false, false]);
  });
});
