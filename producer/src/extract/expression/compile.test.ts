import { describe, expect, it } from '@jest/globals';
import { search, type JSONValue } from '@jmespath-community/jmespath';
import fc from 'fast-check';
import { parseExactJson } from '../parse-exact-json.ts';
import { compileExpression } from './compile.ts';

const run = (expression: string, body: string): string =>
  JSON.stringify(compileExpression(expression)(parseExactJson(body)));

describe('an expression', () => {
  it.each([
    ['a.b', '{"a":{"b":1.10}}', '1.10'],
    ['a[?x > `1.5`].x', '{"a":[{"x":1.50},{"x":2.00}]}', '[2.00]'],
    [
      'a[?id == `9007199254740993`].id',
      '{"a":[{"id":9007199254740992},{"id":9007199254740993}]}',
      '[9007199254740992]',
    ],
    ['sort_by(a, &n)[].n', '{"a":[{"n":10},{"n":9.50},{"n":1e1}]}', '[9.50,10,1e1]'],
    ['max_by(a, &n).n', '{"a":[{"n":9007199254740993},{"n":9007199254740992}]}', '9007199254740993'],
    ['let $k = k in a[].{k: $k, v: v}', '{"k":"x","a":[{"v":1.0}]}', '[{"k":"x","v":1.0}]'],
    ['a[].[$.k, v][]', '{"k":"x","a":[{"v":1}]}', '["x",1]'],
    ["join('-', [y, p])", '{"y":2017,"p":"M06"}', '"2017-M06"'],
    ['a[-1]', '{"a":[1,2.0]}', '2.0'],
    ['a[::2]', '{"a":[1,2,3]}', '[1,3]'],
    ['a || b', '{"a":[],"b":"x"}', '"x"'],
    ['a ? b : c', '{"a":1,"b":"yes","c":"no"}', '"yes"'],
    ['price * qty', '{"price":1.5,"qty":4}', '6'],
    ['id + `1`', '{"id":9007199254740993}', '9007199254740994'],
    ['(t - `621355968000000000`) / `10000000`', '{"t":639028224001234567}', '1767225600.1234567'],
    ['(t - `621355968000000000`) / `10000000`', '{"t":639028224000000010}', '1767225600.000001'],
    [
      '[n / `1000`, n % `1000`, n // `7`, n * `-10`]',
      '{"n":-9007199254740993}',
      '[-9007199254740.993,-993,-1286742750677285,90071992547409930]',
    ],
    [
      '[-n, abs(n), ceil(n), floor(n), -x, abs(x), ceil(x)]',
      '{"n":-9007199254740993,"x":-1.5}',
      '[9007199254740993,9007199254740993,-9007199254740993,-9007199254740993,1.5,1.5,-1]',
    ],
    ['[n / `0`, n % `0`, n // `0`]', '{"n":9007199254740993}', '[null,null,null]'],
    ['keys(@)', '{"2020":1,"2019":2,"a":3}', '["2020","2019","a"]'],
    ["to_number('1.2300')", '{}', '1.2300'],
    ['toString', '{"a":1}', 'null'],
    ['"__proto__".polluted', '{"__proto__":{"polluted":1}}', '1'],
  ])('%s over %s is %s', (expression, body, result) => {
    // Literals of an expression are doubles, so 9007199254740993 is its neighbour; numbers of bodies need not be.
    expect(run(expression, body)).toBe(result);
  });

  it.each([
    ['a[', /no JMESPath/],
    ['entires(@)', /no function entires\(\); did you mean entries\(\)\? there are abs/],
    ["join('x')", /join\(\) takes 2 arguments, not 1: join\(glue, list\)/],
    ['sort_by(a, b)', /argument 2 of sort_by\(\) must be an &expression/],
    ['length(&a)', /argument 1 of length\(\) must not be an &expression/],
  ])('%s is refused when it is compiled, with what is wrong', (expression, says) => {
    expect(() => compileExpression(expression)).toThrow(says);
  });

  it.each([
    ['keys(a)', '{"a":1}', /argument 1 of keys\(\) must be an object, and is number/],
    ['$x', '{}', /variable \$x is not bound/],
    ['sort(a)', '{"a":[1,"x"]}', /cannot sort/],
  ])('%s over %s says why it does not fit', (expression, body, says) => {
    expect(() => run(expression, body)).toThrow(says);
  });

  // Of null no record is made, as the specification has it; the reference makes one of nulls.
  it('agrees with the reference implementation but for what it selects of null', () => {
    const expressions = [
      'a',
      'a.b',
      'a[]',
      'a[].b',
      'a[*].b',
      '*.b',
      'a.*',
      'a[0]',
      'a[-1]',
      'a[1:]',
      'a[?b]',
      'a[?b == c]',
      '[a, b]',
      '{x: a, y: b}',
      'a || b',
      'a && b',
      '!a',
      'a == b',
      'a != b',
      'a[?@].[b, c]',
      'a[][0]',
      'a | [0]',
      'length(to_array(a))',
      'type(a)',
      'not_null(a, b)',
      'a[?@].{b: b}',
      'keys(@)',
      'values(@)',
      'items(@)',
      'to_string(a)',
      'a[?b || c].c',
      '@.a',
      '$.b',
      'merge(@, {a: b})',
      'a[].b[]',
    ];
    const value = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, false, 0, 1, -2, 'x', ''),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('any')),
      ),
    })).any;
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('a', 'b', 'c'), value),
        fc.constantFrom(...expressions),
        (body, expression) => {
          const text = JSON.stringify(body);
          const theirs = search(JSON.parse(text) as JSONValue, expression) ?? null;
          expect(JSON.parse(run(expression, text))).toEqual(theirs);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
