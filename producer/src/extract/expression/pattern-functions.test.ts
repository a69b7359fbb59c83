import { describe, expect, it } from '@jest/globals';
import { cellText } from '../exact-json.ts';
import { parseExactJson } from '../parse-exact-json.ts';
import { compileExpression } from './compile.ts';

const run = (expression: string, body = 'null'): string | null =>
  cellText(compileExpression(expression)(parseExactJson(body)));

describe('functions over texts', () => {
  it.each([
    ['named groups', "capture(@, '^(?<k>\\w+)=(?<v>.*)$')", '"x\\nab=1"', '{"k":"ab","v":"1"}'],
    ['one group', "capture(@, 'No\\. (\\d+)')", '"see No. 0012"', '0012'],
    ['several groups', "capture(@, '(\\d+)-(\\d+)')", '"10-20"', '["10","20"]'],
    ['no group', "capture(@, '[A-Z]{3}')", '"100 HUF"', 'HUF'],
    ['a group that takes no part', "capture(@, '(?<a>x)|(?<b>y)')", '"y"', '{"a":null,"b":"y"}'],
    ['nothing that fits', "capture(@, 'z')", '"y"', null],
    ['nothing at all', "capture(@, 'z')", 'null', null],
    ['a test', "[?matches(@, '^\\d{4}$')]", '["2026","x",null,5]', '["2026"]'],
    ['lines', 'lines(@)', '"a\\r\\n\\n b\\rc"', '["a"," b","c"]'],
    ['words', 'words(@)', '"  1.5\\t-  x\\n"', '["1.5","-","x"]'],
    ['hexadecimal', 'from_hex(@)', '"0xffffffffffffffffffff"', '1208925819614629174706175'],
    ['base64', 'from_base64(@)', '"eyJhIjoxfQ=="', '{"a":1}'],
    ['quarters of an hour', "add_time(@, 'PT15M', `3`)", '"2026-03-05T23:30Z"', '2026-03-06T00:15:00.000Z'],
    ['months, to the last day', "add_time(@, 'P1M')", '"2026-01-31"', '2026-02-28T00:00:00.000Z'],
    ['seconds', 'add_time(@, `1.5`, `2`)', '"2026-03-06T00:00:00Z"', '2026-03-06T00:00:03.000Z'],
    [
      'seconds of a duration',
      'map(&to_seconds(@), @)',
      '["PT2M30S","-PT5S","P1DT0.50S","P1W"]',
      '[150,-5,86400.50,604800]',
    ],
    [
      'seconds of a clock',
      'map(&to_seconds(@), @)',
      '["1:27.452","1:02:03","2.03:04:05","59.9",7]',
      '[87.452,3723,183845,59.9,7]',
    ],
    ['seconds of units', 'map(&to_seconds(@), @)', '["1h 30m","2d","90 min","15s"]', '[5400,172800,5400,15]'],
    [
      'seconds of what is no duration',
      'map(&to_seconds(@), @)',
      '["P1M","1:75","soon","",null,"PT"]',
      '[null,null,null,null,null,null]',
    ],
    ['time backwards', "add_time(@, '-P1Y')", '"2026-03-06"', '2025-03-06T00:00:00.000Z'],
  ])('%s', (_what, expression, body, expected) => {
    expect(run(expression, body)).toBe(expected);
  });

  it.each([
    ["capture(@, '(')", /no regular expression/],
    ["capture(@, '(?=x)')", /no lookaheads/],
    ["capture(@, '(x)\\1')", /back references/],
    ["add_time(@, 'soon')", /takes an ISO 8601 time and a duration/],
  ])('%s says what is wrong', (expression, says) => {
    expect(() => run(expression, '"2026-03-06"')).toThrow(says);
  });

  it('are refused before any body where a pattern is written that is none', () => {
    expect(() => compileExpression("lines(@)[].capture(@, '(')")).toThrow(/no regular expression/);
  });

  it('refuse a text of which they would see only the beginning, and take a part of it', () => {
    const long = JSON.stringify(`${'x'.repeat(100_000)}\nid=7`);
    expect(() => run("capture(@, 'id=(\\d)')", long)).toThrow(
      /up to 100000 characters, and got one of 100005/,
    );
    expect(() => run("matches(@, 'id')", long)).toThrow(/take a part first/);
    expect(run("capture(@[-10:], 'id=(\\d)')", long)).toBe('7');
  });

  it('match in a bounded time, whatever the text', () => {
    const before = performance.now();
    expect(run("matches(@, '^(a+)+$')", JSON.stringify(`${'a'.repeat(40)}b`))).toBe('false');
    expect(performance.now() - before).toBeLessThan(2_000);
  });
});
