import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BodySyntaxError, cellText, isObject } from './exact-json.ts';
import { parseExactJson } from './parse-exact-json.ts';

/** Numbers as an API may write them: far more digits than a double holds, trailing zeros, exponents. */
const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9][0-9]{0,29}$/)),
    fc.oneof(fc.constant(''), fc.stringMatching(/^\.[0-9]{1,20}$/)),
    fc.oneof(fc.constant(''), fc.stringMatching(/^[eE][+-]?[0-9]{1,3}$/)),
  )
  .map((parts) => parts.join(''));

const jsonText: fc.Memo<string> = fc.memo((depth) => {
  const leaf = fc.oneof(
    numberText,
    fc.string().map((text) => JSON.stringify(text)),
    fc.constantFrom('true', 'false', 'null'),
  );
  if (depth <= 1) return leaf;
  const below = jsonText(depth - 1);
  return fc.oneof(
    leaf,
    fc.array(below, { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    fc
      .uniqueArray(fc.tuple(fc.stringMatching(/^[a-z_][a-z_ .]{0,8}$/), below), {
        maxLength: 4,
        selector: ([name]) => name,
      })
      .map((members) => `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`),
  );
});

describe('exact JSON', () => {
  it('writes every body back as it was read, whatever its numbers', () => {
    fc.assert(
      fc.property(jsonText(4), (text) => expect(JSON.stringify(parseExactJson(text))).toBe(text)),
      { numRuns: 500 },
    );
  });

  it('gives a number as the text that the API wrote', () => {
    fc.assert(
      fc.property(numberText, (text) => expect(cellText(parseExactJson(text))).toBe(text)),
      { numRuns: 500 },
    );
  });

  it('gives strings as they are, booleans by name, null as nothing, nested values as JSON', () => {
    const body = parseExactJson('{"a":"1.2300","b":true,"c":null,"d":{"e":[1.10,"x"]}}');
    expect(isObject(body) && Object.values(body).map(cellText)).toEqual([
      '1.2300',
      'true',
      null,
      '{"e":[1.10,"x"]}',
    ]);
  });

  it('gives nested values as the API wrote them, years as names in their order', () => {
    fc.assert(
      fc.property(jsonText(3), (text) => {
        const nested = `{"2025":1,"2024":${text}}`;
        expect(cellText(parseExactJson(nested))).toBe(nested);
      }),
    );
  });

  it('takes __proto__ for a member like any other', () => {
    const body = parseExactJson('{"__proto__":{"polluted":1}}');
    expect(JSON.stringify(body)).toBe('{"__proto__":{"polluted":1}}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('refuses what is no JSON, or nested without end, with an error of its own', () => {
    for (const text of ['', '<html>', '{"a":1', '['.repeat(100_000), '{"a":'.repeat(101)])
      expect(() => parseExactJson(text)).toThrow(BodySyntaxError);
    expect(() => parseExactJson(`"${'['.repeat(1_000)}\\"${'{'.repeat(1_000)}"`)).not.toThrow();
  });
});
