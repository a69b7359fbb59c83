/** The shapes that bodies come in, each small and of our own writing; docs/extraction.md tells of the same ones. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cellText } from '../exact-json.ts';
import { parseExactJson } from '../parse-exact-json.ts';
import { compileExpression } from './compile.ts';

const run = (expression: string, body: string): string =>
  JSON.stringify(compileExpression(expression)(parseExactJson(body)));

describe('entries', () => {
  it.each([
    [
      'a map of objects',
      "entries(@, 'date')",
      '{"2026-01-02":{"open":"1.0"},"2026-01-01":{"open":"2.00"}}',
      '[{"date":"2026-01-02","open":"1.0"},{"date":"2026-01-01","open":"2.00"}]',
    ],
    [
      'a map of numbers',
      "entries(rates, 'currency')",
      '{"rates":{"EUR":1.10,"USD":1}}',
      '[{"currency":"EUR","value":1.10},{"currency":"USD","value":1}]',
    ],
    [
      'maps within maps',
      "entries(@, 'symbol', 'date')",
      '{"IBM":{"2026-01-01":1.0},"T":{"2026-01-01":2.0}}',
      '[{"symbol":"IBM","date":"2026-01-01","value":1.0},{"symbol":"T","date":"2026-01-01","value":2.0}]',
    ],
    [
      'a map of lists of objects',
      "entries(@, 'isin')",
      '{"US1":[{"s":"A"},{"s":"B"}],"US2":[{"s":"C"}]}',
      '[{"isin":"US1","s":"A"},{"isin":"US1","s":"B"},{"isin":"US2","s":"C"}]',
    ],
    [
      'lists side by side, told apart',
      "entries(pick(@, 'up', 'down'), 'list')",
      '{"up":[{"t":1}],"down":[{"t":2}],"note":"x"}',
      '[{"list":"up","t":1},{"list":"down","t":2}]',
    ],
    [
      'a map of lists of cells',
      "entries(@, 'coin')",
      '{"BTC":[[1,2.0],[3,4.0]]}',
      '[{"coin":"BTC","value":[1,2.0]},{"coin":"BTC","value":[3,4.0]}]',
    ],
    [
      'names that look like numbers, in their order',
      "entries(@, 'year')",
      '{"2020":1,"2019":2}',
      '[{"year":"2020","value":1},{"year":"2019","value":2}]',
    ],
    ['null', "entries(@, 'isin')[?symbol]", '{"WRONG":null}', '[]'],
  ])('%s', (_what, expression, body, records) => {
    expect(run(expression, body)).toBe(records);
  });

  it('says when a name is taken already', () => {
    expect(() => run("entries(@, 'date')", '{"a":{"date":1}}')).toThrow(/choose another name/);
  });
});

describe('expand', () => {
  it.each([
    [
      'a list within each record',
      "expand(series, 'data')",
      '{"series":[{"id":"a","data":[{"v":1.0},{"v":2.0}]},{"id":"b","data":[]}]}',
      '[{"id":"a","v":1.0},{"id":"a","v":2.0}]',
    ],
    [
      'two levels',
      "expand(@, 'x', 'y')",
      '[{"i":1,"x":[{"y":[{"v":1},{"v":2}]}]}]',
      '[{"i":1,"v":1},{"i":1,"v":2}]',
    ],
    ['an object for a list, as XML has it', "expand(@, 'x')", '[{"x":{"v":1}}]', '[{"v":1}]'],
    [
      'single values',
      "expand(@, 'x')",
      '[{"i":1,"x":["a","b"]}]',
      '[{"i":1,"value":"a"},{"i":1,"value":"b"}]',
    ],
    [
      'the same name within and around',
      "expand(@, 'x')",
      '[{"value":"outer","x":[{"value":"inner"}]}]',
      '[{"^value":"outer","value":"inner"}]',
    ],
  ])('%s', (_what, expression, body, records) => {
    expect(run(expression, body)).toBe(records);
  });
});

describe('what is not there', () => {
  it.each([
    "entries(a, 'k')",
    "expand(a, 'x')",
    "expand_entries(a, 'x', 'k')",
    "unpivot(a, 'k', 'n', 'v')",
    "pivot(a, 'k', 'n', 'v')",
    "descend(a, 'x')",
  ])('makes no records, and not none: %s', (expression) => {
    expect(run(expression, '{"b":[]}')).toBe('null');
    expect(run(expression, '{"a":[]}')).toBe('[]');
  });

  it('is told by expand() where no record has the member, unlike one that is empty', () => {
    expect(() => run("expand(@, 'data')", '[{"id":1,"datas":[]}]')).toThrow(
      /no record has a member data; the first has id, datas/,
    );
    expect(run("expand(@, 'data')", '[{"id":1,"data":[]},{"id":2,"data":null}]')).toBe('[]');
  });
});

describe('rows', () => {
  it.each([
    [
      'lists side by side',
      'rows(hourly)',
      '{"hourly":{"time":["t1","t2"],"temp":[1.50,null]}}',
      '[{"time":"t1","temp":1.50},{"time":"t2","temp":null}]',
    ],
    [
      'with what is the same for all',
      'rows({id: id, t: t})',
      '{"id":"x","t":[1,2]}',
      '[{"id":"x","t":1},{"id":"x","t":2}]',
    ],
    [
      'lists of pairs',
      'rows({t: map(&[0], p), p: map(&[1], p), v: map(&[1], v)})',
      '{"p":[[1,2.0],[3,null]],"v":[[1,5],[3,6]]}',
      '[{"t":1,"p":2.0,"v":5},{"t":3,"p":null,"v":6}]',
    ],
    [
      'maps by the name of their entries',
      "rows({open: open, close: close}, 'date')",
      '{"open":{"d1":1,"d2":2},"close":{"d2":3}}',
      '[{"date":"d1","open":1,"close":null},{"date":"d2","open":2,"close":3}]',
    ],
  ])('%s', (_what, expression, body, records) => {
    expect(run(expression, body)).toBe(records);
  });

  it('refuses lists that differ in length, and says what leaves out nulls', () => {
    expect(() => run('rows({a: x[*].v, b: x[*].w})', '{"x":[{"v":1,"w":2},{"v":null,"w":3}]}')).toThrow(
      /a has 1 items and b has 2.*map\(/,
    );
  });
});

describe('the others', () => {
  it.each([
    [
      'rows of cells',
      'table(data, meta.columns[].name)',
      '{"meta":{"columns":[{"name":"a"},{"name":"b"}]},"data":[[1,2.0],[3,4,5]]}',
      '[{"a":1,"b":2.0},{"a":3,"b":4,"c2":5}]',
    ],
    [
      'a column a series',
      "unpivot(@, 'date', 'series', 'value')[?value]",
      '[{"date":"d","A":1.0,"B":"","C":null}]',
      '[{"date":"d","series":"A","value":1.0}]',
    ],
    [
      'written once',
      "fill_down(@, ['y','m'])",
      '[{"y":"2026","m":"Mar","d":"1"},{"y":"","m":null,"d":"2"}]',
      '[{"y":"2026","m":"Mar","d":"1"},{"y":"2026","m":"Mar","d":"2"}]',
    ],
    [
      'object or list or nothing',
      '[list(a), list(b), list(c)]',
      '{"a":{"x":1},"b":[1]}',
      '[[{"x":1}],[1],[]]',
    ],
    [
      'labels by code',
      'let $names = names in rows[].{c: c, n: get($names, c)}',
      '{"names":{"1":"one"},"rows":[{"c":1},{"c":2}]}',
      '[{"c":1,"n":"one"},{"c":2,"n":null}]',
    ],
    [
      'what codes point to in a list',
      'map(&get($.dict, @), codes)',
      '{"dict":["A","B"],"codes":[1,"0",2,null,"x"]}',
      '["B","A",null,null,null]',
    ],
    [
      'records by a member',
      'let $by = index_by(sites, &id) in obs[].{v: v, site: get($by, s).name}',
      '{"sites":[{"id":"a","name":"A"}],"obs":[{"s":"a","v":1.0}]}',
      '[{"v":1.0,"site":"A"}]',
    ],
    [
      'what has no key',
      "numbered(@, 'part')",
      '[{"t":"x"},{"t":"y"}]',
      '[{"part":1,"t":"x"},{"part":2,"t":"y"}]',
    ],
    ['JSON in JSON', 'parse_json(payload).v', '{"payload":"{\\"v\\":1.0}"}', '1.0'],
    [
      'XML in JSON',
      'list(parse_xml(x).a.b)',
      '{"x":"<a><b k=\\"1\\">2</b></a>"}',
      '[{"@k":"1","#text":"2"}]',
    ],
    ['CSV in JSON', "parse_csv(x, ';')", '{"x":"a;b\\n1;2"}', '[{"a":"1","b":"2"}]'],
  ])('%s', (_what, expression, body, records) => {
    expect(run(expression, body)).toBe(records);
  });
});

describe('cube', () => {
  it('reads JSON-stat, whole and sparse, with labels where there are any', () => {
    const dimension =
      '"dimension":{"geo":{"category":{"index":["DE","FR"],"label":{"DE":"Germany","FR":"France"}}},"time":{"category":{"index":{"2021":1,"2020":0}}}}';
    expect(run('cube(@)', `{"id":["geo","time"],"size":[2,2],${dimension},"value":[1.0,2.0,null,4.0]}`)).toBe(
      '[{"geo":"DE","geo.label":"Germany","time":"2020","value":1.0},{"geo":"DE","geo.label":"Germany","time":"2021","value":2.0},{"geo":"FR","geo.label":"France","time":"2020","value":null},{"geo":"FR","geo.label":"France","time":"2021","value":4.0}]',
    );
    expect(
      run('cube(@)', `{"id":["geo","time"],"size":[2,2],${dimension},"value":{"3":4.0},"status":{"3":"p"}}`),
    ).toBe('[{"geo":"FR","geo.label":"France","time":"2021","value":4.0,"status":"p"}]');
  });

  it('reads SDMX-JSON, by series and flat', () => {
    const structure =
      '"structure":{"dimensions":{"series":[{"id":"CUR","values":[{"id":"USD","name":"US dollar"},{"id":"JPY","name":"Yen"}]}],"observation":[{"id":"TIME","values":[{"id":"2026-01","name":"2026-01"},{"id":"2026-02"}]}]}}';
    expect(
      run(
        'cube(@)',
        `{${structure},"dataSets":[{"series":{"0":{"observations":{"0":[1.10],"1":[1.20]}},"1":{"observations":{"1":[150.0]}}}}]}`,
      ),
    ).toBe(
      '[{"CUR":"USD","CUR.label":"US dollar","TIME":"2026-01","value":1.10},{"CUR":"USD","CUR.label":"US dollar","TIME":"2026-02","value":1.20},{"CUR":"JPY","CUR.label":"Yen","TIME":"2026-02","value":150.0}]',
    );
  });
});

describe('a cube that a stranger wrote', () => {
  const axis = (num: number): string => `{"start":0,"stop":1,"num":${num}}`;
  const coverage = (x: number, y: number): string =>
    `{"domain":{"axes":{"x":${axis(x)},"y":${axis(y)}}},"ranges":{"t":{"axisNames":["x","y"],"values":[1]}}}`;

  it('takes no memory for coordinates that nothing has a value at', () => {
    const before = process.memoryUsage().heapUsed;
    expect(JSON.parse(run('cube(@)', coverage(1_000_000, 1)))).toEqual([{ x: 0, y: 0, t: 1 }]);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(20 * 1024 * 1024);
  });

  it('is refused where it has more points than a page may hold', () => {
    expect(() => run('cube(@)', coverage(1_001, 1_000))).toThrow(/more than 1000000 points/);
    expect(() => run('cube(@)', coverage(1_000_001, 1))).toThrow(/has 1000001 coordinates/);
    expect(() => run('cube(@)', coverage(-1, 1))).toThrow(/has -1 coordinates/);
  });

  it('has no label for a code that is named as what every object has', () => {
    const body =
      '{"id":["d"],"dimension":{"d":{"category":{"index":["constructor","a"],"label":{"a":"A"}}}},"value":[1,2]}';
    expect(JSON.parse(run('cube(@)', body))).toEqual([
      { d: 'constructor', 'd.label': null, value: 1 },
      { d: 'a', 'd.label': 'A', value: 2 },
    ]);
  });
});

describe('whatever the records', () => {
  const digits = fc.stringMatching(/^-?[1-9][0-9]{0,24}(\.[0-9]{1,12})?$/);
  const wide = fc.array(fc.dictionary(fc.constantFrom('a', 'b', '10', '9', 'x y'), digits), { maxLength: 6 });
  const bodyOf = (rows: Record<string, string>[]): string =>
    `[${rows
      .map(
        (row) =>
          `{${Object.entries(row)
            .map(([name, value]) => `${JSON.stringify(name)}:${value}`)
            .join(',')}}`,
      )
      .join(',')}]`;

  it('unpivot loses no value and changes no digit', () => {
    fc.assert(
      fc.property(wide, (rows) => {
        const records = compileExpression("unpivot(@, `[]`, 'n', 'v')[].v")(parseExactJson(bodyOf(rows)));
        expect((records as { rawJSON: string }[]).map(({ rawJSON }) => rawJSON)).toEqual(
          rows.flatMap((row) => Object.values(row)),
        );
      }),
    );
  });

  it('pivot gives back what unpivot took apart', () => {
    const named = fc.uniqueArray(
      fc.tuple(fc.stringMatching(/^[a-z]{1,4}$/), fc.array(digits, { minLength: 3, maxLength: 3 })),
      { maxLength: 6, selector: ([name]) => name },
    );
    fc.assert(
      fc.property(named, (rows) => {
        const body = `[${rows.map(([k, [a, b, c]]) => `{"k":"${k}","a":${a},"2":${b},"1":${c}}`).join(',')}]`;
        const back = compileExpression("pivot(unpivot(@, 'k', 'n', 'v'), 'k', 'n', 'v')")(
          parseExactJson(body),
        );
        expect(cellText(back)).toBe(body);
      }),
    );
  });

  it('expand and expand_entries lose no item, nor what is around it, however often names repeat', () => {
    const list = fc.array(digits, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(fc.tuple(digits, list), { minLength: 1, maxLength: 4 }), (rows) => {
        const lists = `[${rows.map(([id, items]) => `{"id":${id},"in":[${items.map((each) => `{"id":${each}}`).join(',')}]}`).join(',')}]`;
        const maps = `[${rows.map(([id, items]) => `{"id":${id},"in":{${items.map((each, at) => `"k${at}":${each}`).join(',')}}}`).join(',')}]`;
        const pairs = (inner: string): string =>
          `[${rows.flatMap(([id, items]) => items.map((each) => `[${id},${each}]`)).join(',')}]${inner}`;
        expect(run('expand(@, \'in\')[*].["^id", id]', lists)).toBe(pairs(''));
        expect(run("expand_entries(@, 'in', 'k')[*].[id, value]", maps)).toBe(pairs(''));
      }),
    );
  });

  it('rows and entries give back what the columns and the map hold', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(digits, digits), { minLength: 1, maxLength: 8 }), (pairs) => {
        const columns = `{"a":[${pairs.map(([a]) => a).join(',')}],"b":[${pairs.map(([, b]) => b).join(',')}]}`;
        expect(run('rows(@)', columns)).toBe(`[${pairs.map(([a, b]) => `{"a":${a},"b":${b}}`).join(',')}]`);
        const map = `{${pairs.map(([a], index) => `"k${index}":${a}`).join(',')}}`;
        expect(run("entries(@, 'k')[].value", map)).toBe(`[${pairs.map(([a]) => a).join(',')}]`);
      }),
    );
  });
});
