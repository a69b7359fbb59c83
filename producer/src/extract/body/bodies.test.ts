import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BodySyntaxError } from '../exact-json.ts';
import { bodyText } from './body-text.ts';
import { parseDelimited } from './delimited.ts';
import type { Dialect } from './dialect.ts';
import { compileBodyReader } from './parse-body.ts';
import { parseXml } from './xml.ts';

const csv = (text: string, dialect: Dialect = {}): string => JSON.stringify(parseDelimited(text, dialect));
const xml = (text: string): string => JSON.stringify(parseXml(text));

describe('CSV', () => {
  it.each<[string, string, Dialect, string]>([
    ['byte order mark and CRLF', '\uFEFFa,b\r\n1,2\r\n', {}, '[{"a":"1","b":"2"}]'],
    [
      'quotes, doubled ones and line ends within',
      'a,b\n"x, ""y""","1\n2"\n',
      {},
      '[{"a":"x, \\"y\\"","b":"1\\n2"}]',
    ],
    [
      'quotes behind an escape, and escapes that are none',
      'a,b\n"say \\"hi\\", twice",C:\\temp\n\\N,"one \\\\"\nx\\,y,"a ""b"""\n',
      { escape: '\\' },
      '[{"a":"say \\"hi\\", twice","b":"C:\\\\temp"},{"a":"\\\\N","b":"one \\\\"},{"a":"x,y","b":"a \\"b\\""}]',
    ],
    ['a backslash without an escape', 'a,b\n"x\\",1', {}, '[{"a":"x\\\\","b":"1"}]'],
    ['a quote within an unquoted cell', 'a,b\n5" pipe,2\n', {}, '[{"a":"5\\" pipe","b":"2"}]'],
    ['a quote that nobody closes', 'a,b\n"x,2\n3,4', {}, '[{"a":"\\"x","b":"2"},{"a":"3","b":"4"}]'],
    [
      'a quote that nobody closes, with escapes before and behind',
      'a\tb\n"x\\" y\\\tz\t2\n3\t\\N\n4\t\\"5',
      { delimiter: '\t', escape: '\\' },
      '[{"a":"\\"x\\" y\\tz","b":"2"},{"a":"3","b":"\\\\N"},{"a":"4","b":"\\"5"}]',
    ],
    [
      'a quote that nobody closes before cells of nothing',
      'a,b\n"x,""\n"",y\\,',
      { escape: '\\' },
      '[{"a":"\\"x","b":""},{"a":"","b":"y,"}]',
    ],
    [
      'blanks before quotes, where they are trimmed',
      'a, b\n1, "x, y" \n',
      { trim: true },
      '[{"a":"1","b":"x, y"}]',
    ],
    [
      'names over two lines, merged cells above',
      ',DE,,FR\nDate,in,out,in\nd,1,2,3\n',
      { headerLines: 2 },
      '[{"Date":"d","DE in":"1","DE out":"2","FR in":"3"}]',
    ],
    [
      'blocks that begin with an empty cell',
      'Title\n,a,b\nx,1,2\nYearly\n,a,c\ny,3,4\n',
      { headerStarts: '' },
      '[{"c0":"x","a":"1","b":"2"},{"c0":"Yearly"},{"c0":"y","a":"3","c":"4"}]',
    ],
    [
      'rows that lack their first cell, below a header that does',
      ',a,b\nx,1,2\n,3,4\n,5,\n\n,6,7\n',
      { headerStarts: '' },
      '[{"c0":"x","a":"1","b":"2"},{"c0":"","a":"3","b":"4"},{"c0":"","a":"5","b":""},{"c0":"","a":"6","b":"7"}]',
    ],
    [
      'a block with other names, below a blank line',
      ',a,b\nx,1,2\n\n,c,d\ny,3,4\n',
      { headerStarts: '' },
      '[{"c0":"x","a":"1","b":"2"},{"c0":"y","c":"3","d":"4"}]',
    ],
    ['delimiters of two signs', 'a||b\n1|x||2\n', { delimiter: '||' }, '[{"a":"1|x","b":"2"}]'],
    ['tabs', 'a\tb\n1\t2', { delimiter: '\t' }, '[{"a":"1","b":"2"}]'],
    [
      'columns of blanks',
      '#YY MM\n2026  03\n 2025 12',
      { delimiter: ' ' },
      '[{"#YY":"2026","MM":"03"},{"#YY":"2025","MM":"12"}]',
    ],
    ['a preamble of lines', 'title\n\na,b\n1,2', { skipLines: 2 }, '[{"a":"1","b":"2"}]'],
    ['comments', '# by us\na,b\n#no\n1,2', { comment: '#' }, '[{"a":"1","b":"2"}]'],
    [
      'a header found by its first cell, and once more',
      'note\nDay,x\n1,2\n\nDay,y\n3,4',
      { headerStarts: 'Day' },
      '[{"Day":"1","x":"2"},{"Day":"3","y":"4"}]',
    ],
    ['no header', '1,2', { header: false }, '[{"c0":"1","c1":"2"}]'],
    ['given names', '1,2', { header: false, names: ['a', 'b'] }, '[{"a":"1","b":"2"}]'],
    ['lines too long and too short', 'a,b\n1,2,3\n4', {}, '[{"a":"1","b":"2","c2":"3"},{"a":"4"}]'],
    ['names twice or empty', 'a,,a\n1,2,3', {}, '[{"a":"1","c1":"2","a_2":"3"}]'],
    ['lines of nothing', 'a,b\n,,\n\n1,\n', {}, '[{"a":"1","b":""}]'],
    ['blanks around cells', 'a, b\n 1 , 2 ', { trim: true }, '[{"a":"1","b":"2"}]'],
    ['years as names, in their order', 'k,2026,2025\nx,1,2', {}, '[{"2025":"2","2026":"1","k":"x"}]'],
    ['the header only', 'a,b\n', {}, '[]'],
  ])('%s', (_what, text, dialect, records) => {
    expect(JSON.parse(csv(text, dialect))).toEqual(JSON.parse(records));
  });

  it('gives back every cell, whatever it holds', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '0', '.') });
    const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(rows, (table) => {
        const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
        const text = `a,b\n${table.map(([a, b]) => `${quoted(a)},${quoted(b)}`).join('\r\n')}`;
        const kept = table.filter(([a, b]) => (a + b).trim() !== '').map(([a, b]) => ({ a, b }));
        expect(JSON.parse(csv(text))).toEqual(kept);
      }),
    );
  });

  it('gives back every cell that an escape protects, quoted or not', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\\', ' ', 'N') });
    const rows = fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(rows, (table) => {
        const escaped = (text: string): string => text.replaceAll(/[\\",\n]/g, '\\$&');
        const text = `a,b\n${table.map(([a, b]) => `"${escaped(a)}",x${escaped(b)}`).join('\n')}`;
        const kept = table.map(([a, b]) => ({ a, b: `x${b}` }));
        expect(JSON.parse(csv(text, { escape: '\\' }))).toEqual(kept);
      }),
    );
  });

  it.each([
    ['a quote that nobody closes before many escapes', '"quoted\\ start,1\n', 'C:\\temp,\\N\n'],
    ['many quoted cells, none of them with an escape', '', '"a","b"\n'],
    ['a quoted cell of many escapes', '"', 'a\\"b\\\\\n'],
  ])('takes time by the length of the body: %s', (_what, first, repeated) => {
    const text = `a,b\n${first}${repeated.repeat(Math.ceil(2_000_000 / repeated.length))}`;
    const started = performance.now();
    parseDelimited(text, { escape: '\\' });
    // Linear it takes a tenth of this, quadratic a hundred times as much.
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('XML', () => {
  it.each([
    ['attributes and text', '<r d="1"><v>2.00</v></r>', '{"r":{"@d":"1","v":"2.00"}}'],
    ['same-named siblings', '<r><v>1</v><v>2</v></r>', '{"r":{"v":["1","2"]}}'],
    ['text beside attributes', "<v c='EUR'>1,10</v>", '{"v":{"@c":"EUR","#text":"1,10"}}'],
    ['prefixes', '<g:E xmlns:g="u"><g:v g:a="1"/></g:E>', '{"E":{"v":{"@a":"1"}}}'],
    [
      'characters by name and number',
      '<v>a &lt;b&gt; &amp; &#8364; &#x20AC; &foo;</v>',
      '{"v":"a <b> & € € &foo;"}',
    ],
    [
      'CDATA, comments, instructions',
      '<?xml version="1.0"?><!-- x --><r><![CDATA[<a> & b]]><!-- y --></r>',
      '{"r":"<a> & b"}',
    ],
    ['nil and nothing', '<r><a xsi:nil="true"/><b/></r>', '{"r":{"a":null,"b":""}}'],
  ])('%s', (_what, text, body) => {
    expect(xml(text)).toBe(body);
  });

  it.each(['xsi:nil="1"', "i:nil='true'", 'nil="true"'])(
    'takes %s for nothing, prefixes kept or not',
    (nil) => {
      const text = `<r><a ${nil}/><b nil="false">1</b></r>`;
      expect(JSON.stringify(parseXml(text, {}))).toContain('"a":null');
      expect(JSON.stringify(parseXml(text, { prefixes: true }))).toBe(
        '{"r":{"a":null,"b":{"@nil":"false","#text":"1"}}}',
      );
    },
  );

  it.each([
    ['cut off', '<r><v>1</v>'],
    ['closed wrongly', '<r><v>1</r></v>'],
    ['two roots', '<a/><b/>'],
    ['entities of its own', '<!DOCTYPE r [<!ENTITY x "y">]><r>&x;</r>'],
    ['nothing', ''],
    ['nested without end', '<a>'.repeat(200)],
  ])('refuses what is %s', (_what, text) => {
    expect(() => parseXml(text)).toThrow(BodySyntaxError);
  });

  it('gives back every text and attribute', () => {
    const text = fc
      .string({ unit: fc.constantFrom('a', '<', '>', '&', '"', "'", 'é', '1', ',') })
      .filter((it) => it !== '');
    const escaped = (it: string): string =>
      it.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { minLength: 2, maxLength: 5 }), (items) => {
        const body = `<r>${items.map(([a, t]) => `<v a="${escaped(a)}">${escaped(t)}</v>`).join('')}</r>`;
        expect(JSON.parse(xml(body))).toEqual({ r: { v: items.map(([a, t]) => ({ '@a': a, '#text': t })) } });
      }),
    );
  });
});

describe('the charset of a body', () => {
  const cyrillic = new Uint8Array([0xc0, 0xe2]);
  const xmlHead = new TextEncoder().encode('<?xml version="1.0" encoding="windows-1251"?><v>');
  it.each([
    ['as the source declares it', cyrillic, { charset: 'windows-1251' }, 'Ав'],
    ['of Content-Type', cyrillic, { contentType: 'text/xml; charset=windows-1251' }, 'Ав'],
    [
      'of the XML declaration',
      new Uint8Array([...xmlHead, ...cyrillic]),
      {},
      '<?xml version="1.0" encoding="windows-1251"?><v>Ав',
    ],
    ['of the byte order mark', new Uint8Array([0xff, 0xfe, 0x41, 0x00]), {}, 'A'],
    ['UTF-8', new TextEncoder().encode('é'), {}, 'é'],
    ['windows-1252 for what is no UTF-8', new Uint8Array([0xe9, 0x80]), {}, 'é€'],
  ])('%s', (_what, bytes, options, text) => {
    expect(bodyText(bytes, options)).toBe(text);
  });

  it('that nobody knows is an error', () => {
    expect(() => bodyText(cyrillic, { charset: 'klingon-1' })).toThrow(/klingon-1/);
  });
});

describe('a body in another format than declared', () => {
  const read = compileBodyReader({ format: 'csv' });
  it('is told apart, since errors come as JSON', () => {
    expect(read('{"error":"x"}')).toEqual({ value: { error: 'x' }, other: 'JSON' });
    expect(() => read('<!DOCTYPE html><html>')).toThrow(/page/);
  });

  it.each([
    ['a call', 'cb({"a":1}) ; \n'],
    ['a call without a semicolon', 'my.cb( [1] )'],
    ['an assignment', 'var x = {"a":1};'],
    ['nothing behind it', 'x = [1]'],
  ])('is unwrapped from %s', (_what, text) => {
    expect(JSON.stringify(compileBodyReader({})(text).value)).toMatch(/^(\{"a":1\}|\[1\])$/);
  });

  it.each([' ', '\n', ') ', '; '])('is unwrapped in a bounded time, however often it holds %j', (blank) => {
    const before = performance.now();
    expect(() => compileBodyReader({})(`cb({"a":"${blank.repeat(20_000)}"`)).toThrow(BodySyntaxError);
    expect(() => compileBodyReader({})(`cb({"a":1${blank.repeat(20_000)}x`)).toThrow(BodySyntaxError);
    expect(performance.now() - before).toBeLessThan(1_000);
  });

  it('says which line of NDJSON is none', () => {
    expect(() => compileBodyReader({ format: 'ndjson' })('{"a":1}\n{"a":')).toThrow(/line 2/);
  });
});
