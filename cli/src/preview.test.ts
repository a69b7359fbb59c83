import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { callCli as tributary } from './testing/call-cli.ts';

let folder: string;
let server: Server;
const BODY = JSON.stringify({
  generated: 1,
  hourly: { time: ['2026-01-01T00:00', '2026-01-01T01:00'], temp: [1.5, 2.25], wind: ['3,5', '4,5'] },
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-preview-'));
  server = createServer((request, response) => {
    response.statusCode =
      request.headers['x-key'] === 'sesame' || request.url?.startsWith('/open') === true ? 200 : 401;
    const page = /^\/open\/(\d)$/.exec(request.url ?? '')?.[1];
    if (page === undefined) response.end(BODY);
    else
      response.end(
        JSON.stringify({
          items: [{ time: `2026-01-0${page}`, temp: Number(page) }],
          next: page === '3' ? null : `/open/${Number(page) + 1}`,
        }),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

async function file(name: string, text: string): Promise<string> {
  await writeFile(join(folder, name), text);
  return join(folder, name);
}

const url = (path: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;

const feed = (
  http: string,
  columns: string,
  base = 'https://api.example.com/v1/weather',
): string => `kind: StreamSource
apiVersion: tributary.dev/v1alpha1
metadata: {name: weather, namespace: demo}
spec:
  source:
    http:
      request: {url: "${base}"}
      allowPrivate: true
      ${http}
  schedule: {every: 15m}
  columns:
    - {name: time, role: time, type: timestamp}
    ${columns}
  kafka: {bootstrapServers: "kafka:9092"}
  storage: {size: 1Gi}
`;
const RIGHT = feed('records: rows(hourly)', '- {name: temp, role: measure, type: double}');

describe('tributary preview', () => {
  it('shows records, types, what is undeclared, the demand and the header of the CSV', async () => {
    const source = await file('right.yaml', RIGHT);
    const body = await file('body.json', BODY);
    const { code, out } = await tributary('preview', '-f', source, '--response', body);
    expect(code).toBe(0);
    expect(out).toMatch(/2026-01-01T01:00:00Z +2026-01-01T01:00 +2.25/);
    expect(out).toMatch(/temp +measure +double +decimal\(18,6\) +none +1.5/);
    expect(out).toMatch(/undeclared +wind/);
    expect(out).toMatch(/requests +at least 96 requests a day/);
    expect(out).toContain('_event_time,time,temp,_undeclared');
  });

  it('prints records alone as NDJSON', async () => {
    const source = await file('right.yaml', RIGHT);
    const body = await file('body.json', BODY);
    const { out } = await tributary('preview', '-f', source, '--response', body, '--output', 'ndjson');
    expect(out.split('\n').map((line) => (JSON.parse(line) as { temp: string }).temp)).toEqual([
      '1.5',
      '2.25',
    ]);
  });

  it.each([
    [
      'a path that is not there',
      'records: rows(hourly)',
      '- {name: temperature, path: tmp}',
      /:13:\d+ \(\w+\) spec\.columns\[1\]\.path: none of 2 records has a value at tmp/,
      /did you mean path: temp\?/,
    ],
    [
      'a type that does not fit',
      'records: rows(hourly)',
      '- {name: temp, type: long}',
      /:13:\d+ \(\w+\) spec\.columns\[1\]\.type: 2 of 2 values cannot be cast to long: "1.5"/,
      /look like decimal/,
    ],
    [
      'a decimal comma',
      'records: rows(hourly)',
      '- {name: wind, type: double}',
      /spec\.columns\[1\]\.type/,
      /number: \{decimal: ","\}/,
    ],
    [
      'records that are not there',
      'records: hourli',
      '- {name: temp}',
      /:9:7 \(\w+\) spec\.source\.http\.records: hourli selects nothing/,
      /did you mean records: hourly\?/,
    ],
    [
      'an expression that is none',
      'records: "row(hourly)"',
      '- {name: temp}',
      /:9:7 \(\w+\) spec\.source\.http\.records: there is no function row\(\); did you mean rows\(\)\?/,
      /extraction\.md/,
    ],
    [
      'a format that is none',
      'records: rows(hourly)',
      '- {name: temp, format: epochMilis}',
      /:13:\d+ \(\w+\) spec\.columns\[1\]\.format/,
      /epochMillis/,
    ],
    ['another format', 'format: xml', '- {name: temp}', /spec\.source: the body is JSON and not xml/, /./],
  ])('points at %s by line, with a remedy', async (_what, http, columns, problem, remedy) => {
    const source = await file('wrong.yaml', feed(http, columns));
    const body = await file('body.json', BODY);
    const { code, out } = await tributary('preview', '-f', source, '--response', body);
    const flat = out.replaceAll(/\s+/g, ' ');
    expect(flat).toMatch(problem);
    expect(flat).toMatch(remedy);
    expect(code).toBe(1);
  });

  it('names the column of a preset whose type does not fit, and how to give it another', async () => {
    const source = await file(
      'preset.yaml',
      `kind: StreamSource
apiVersion: tributary.dev/v1alpha1
metadata: {name: ibm, namespace: demo}
spec:
  source:
    alphaVantage:
      function: TIME_SERIES_WEEKLY
      parameters: [{name: symbol, value: IBM}]
      apiKeyFrom: {secretKeyRef: {name: alpha-vantage, key: apiKey}}
  schedule: {every: 1d}
  kafka: {bootstrapServers: "kafka:9092"}
  storage: {size: 1Gi}
`,
    );
    const bar = '{"1. open":"1","2. high":"2","3. low":"1","4. close":"2","5. volume":"9999999999999999999"}';
    const answer = `{"Meta Data":{"2. Symbol":"IBM","4. Time Zone":"US/Eastern"},"Weekly Time Series":{"2026-11-20":${bar}}}`;
    const body = await file('weekly.json', answer);
    const { code, out } = await tributary('preview', '-f', source, '--response', body);
    const flat = out.replaceAll(/\s+/g, ' ');
    expect(flat).toMatch(/:5:3 \(WrongType\) spec\.source: of the preset's column volume 1 of 1 values/);
    expect(flat).toMatch(/use type: decimal\(\d+,\d+\), in spec\.columns/);
    expect(code).toBe(1);
  });

  it.each([
    ['NaN', '[{"time":"2026-01-01","temp":NaN}]', /which JSON does not have: ask the API for null/],
    ['nothing', ' ', /is empty.*only with status 204: check url and parameters/],
  ])('says what to do with a body of %s', async (_what, body, remedy) => {
    const source = await file('wrong.yaml', feed('format: json', '- {name: temp}'));
    const { code, out } = await tributary(
      'preview',
      '-f',
      source,
      '--response',
      await file('body.json', body),
    );
    expect([code, out.replaceAll(/\s+/g, ' ')]).toEqual([1, expect.stringMatching(remedy)]);
  });

  it('points at the path of a key that no record has', async () => {
    const source = await file(
      'wrong.yaml',
      feed('records: rows(hourly)', '- {name: station, role: key, path: tmp}'),
    );
    const { code, out } = await tributary(
      'preview',
      '-f',
      source,
      '--response',
      await file('body.json', BODY),
    );
    expect([code, out.replaceAll(/\s+/g, ' ')]).toEqual([
      1,
      expect.stringMatching(
        /spec\.columns\[1\]\.path: 2 records.*key column station is missing.*did you mean path: temp\?/,
      ),
    ]);
  });

  it('points at the time that no record has, where nothing else identifies it', async () => {
    const source = await file('wrong.yaml', RIGHT.replace('{name: time,', '{name: time, path: tme,'));
    const { out } = await tributary('preview', '-f', source, '--response', await file('body.json', BODY));
    expect(out.replaceAll(/\s+/g, ' ')).toMatch(
      /spec\.columns\[0\]\.path: 2 records.*did you mean path: time\?/,
    );
  });

  it('takes NaN and Infinity for doubles, as the cast downstream does', async () => {
    const body = '[{"time":"2026-01-01","temp":"NaN"},{"time":"2026-01-02","temp":"-Infinity"}]';
    const response = await file('nan.json', body);
    const double = await file('double.yaml', feed('format: json', '- {name: temp, type: double}'));
    const decimal = await file('decimal.yaml', feed('format: json', '- {name: temp, type: "decimal(9,2)"}'));
    expect(await tributary('preview', '-f', double, '--response', response)).toMatchObject({ code: 0 });
    expect(await tributary('preview', '-f', decimal, '--response', response)).toMatchObject({ code: 1 });
  });

  it('prints nothing that drives a terminal, but records as they are', async () => {
    const escape = '\\u001b]0;title\\u0007\\u001b[2J\\u009b1A';
    const response = await file(
      'escape.json',
      `{"a${escape}":"${escape}","time":"2026-01-01","temp":"${escape}x"}`,
    );
    const source = await file('escape.yaml', feed('format: json', '- {name: temp, type: double}'));
    const { out, err } = await tributary('preview', '-f', source, '--response', response);
    // oxlint-disable-next-line no-control-regex -- which is what is looked for
    expect(out + err).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    const ndjson = await tributary('preview', '-f', source, '--response', response, '--output', 'ndjson');
    expect((JSON.parse(ndjson.out) as { temp: string }).temp).toBe('\u001b]0;title\u0007\u001b[2J\u009b1Ax');
  });

  it.each([
    ['--output', 'csv'],
    ['--output', 'json'],
    ['--limit', 'abc'],
    ['--limit', '-1'],
    ['--pages', '0'],
    ['--pages', '1.5'],
  ])('refuses %s %s', async (option, value) => {
    const source = await file('right.yaml', RIGHT);
    const body = await file('body.json', BODY);
    const { code, err } = await tributary('preview', '-f', source, '--response', body, option, value);
    expect([code, err]).toEqual([2, expect.stringContaining(value)]);
  });

  it('shows the line of the file with a mark below the field', async () => {
    const source = await file('wrong.yaml', feed('records: rows(hourly)', '- {name: t, path: tmp}'));
    const { out } = await tributary('preview', '-f', source, '--response', await file('body.json', BODY));
    expect(out).toContain(
      [
        '    13 │     - {name: t, path: tmp}',
        '       │                 ^',
        '    → did you mean path: temp?',
      ].join('\n'),
    );
  });

  it('notes that pages are counted in records where an expression changes their number', async () => {
    const counted = feed(
      'records: "rows(hourly)[?temp]"\n      pagination: {page: {parameter: p, size: 2}}',
      '- {name: temp, type: double}',
    );
    const source = await file('counted.yaml', counted);
    const { out } = await tributary('preview', '-f', source, '--response', await file('body.json', BODY));
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      'a page with fewer records than pagination size is taken for the last',
    );
  });

  it('follows as many pages as are asked for, and counts their requests', async () => {
    const paged = feed(
      'records: items\n      pagination: {nextLink: {path: next}}',
      '- {name: temp, type: double}',
      url('/open/1'),
    );
    const source = await file('paged.yaml', paged);
    const one = await tributary('preview', '-f', source);
    expect(one.out).toMatch(/records +1 of 1/);
    expect(one.out).toMatch(/next page +\/open\/2/);
    expect(one.out).toMatch(/more than 96 requests a day/);
    const all = await tributary('preview', '-f', source, '--pages', '5');
    expect(all.out).toMatch(/records +3 of 3/);
    expect(all.out).toMatch(/next page +none/);
    expect(all.out).toMatch(/at least 288 requests a day \(96 polls of 3 pages\)/);
  });

  it('asks the API once where no answer is given, with secrets as the pod has them', async () => {
    const auth = 'auth: {apiKey: {header: x-key, from: {secretKeyRef: {name: weather, key: key}}}}';
    const source = await file(
      'live.yaml',
      feed(`records: rows(hourly)\n      ${auth}`, '- {name: temp}', url('/data')),
    );
    const { code, err } = await tributary('preview', '-f', source, '--secrets-dir', folder);
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/Secret weather has no usable key key[\s\S]*--secrets-dir/),
    ]);
    await mkdir(join(folder, 'weather'));
    await file('weather/key', 'sesame');
    const answered = await tributary('preview', '-f', source, '--secrets-dir', folder);
    expect(answered.code).toBe(0);
    expect(answered.out).toContain('2 of 2');
    expect(answered.out).not.toContain('sesame');
  });
});

describe('tributary init', () => {
  it.each([
    ['columns side by side', BODY, 'records: rows(hourly)', /name: time, role: time/],
    [
      'a map by date',
      '{"meta":{"a":1},"series":{"2026-01-01":{"open":"1.0"},"2026-01-02":{"open":"2.0"}}}',
      "records: entries(series, 'date')",
      /name: date, role: time, type: date/,
    ],
    [
      'pairs',
      '[[1767225600000,1.5],[1767229200000,2.5]]',
      undefined,
      /path: "\[0\]", role: time, type: timestamp, format: epochMillis/,
    ],
    [
      'CSV with semicolons',
      'date;value\n2026-01-01;1,5\n2026-01-02;2,5\n',
      'delimiter: ;',
      /name: value, role: measure, type: "decimal\(18,6\)", number: \{decimal: ","\}/,
    ],
    [
      'XML',
      '<r><d t="2026-01-01" v="1"/><d t="2026-01-02" v="2"/></r>',
      'records: r.d',
      /path: "@t", role: time/,
    ],
    ['NDJSON', '{"id":"a","v":1}\n{"id":"b","v":2}\n', 'format: ndjson', /name: id, role: key/],
  ])('proposes a feed for %s that the preview finds right', async (_what, body, says, column) => {
    const response = await file('unknown', body);
    const proposed = await tributary(
      'init',
      '--response',
      response,
      '--url',
      'https://api.example.com/v1/things?limit=5',
    );
    expect(proposed.out).toMatch(column);
    expect(proposed.out).toContain(says ?? 'kind: StreamSource');
    expect(proposed.out).toContain('name: example-things');
    const source = await file('proposed.yaml', proposed.out);
    expect(await tributary('preview', '-f', source, '--response', response)).toMatchObject({ code: 0 });
    expect(await tributary('validate', '-f', source)).toMatchObject({ code: 0 });
  });

  it('asks a live URL', async () => {
    const { code, out } = await tributary('init', '--url', url('/open'), '--allow-private');
    expect([code, out]).toEqual([0, expect.stringContaining('2 of 2 records')]);
  });

  it('says what to do with a page, with nothing, and with an address that it may not ask', async () => {
    const page = await file('page.html', '<!DOCTYPE html><html></html>');
    expect((await tributary('init', '--response', page)).err).toMatch(/page for people/);
    expect((await tributary('init')).err).toMatch(/neither --url nor --response/);
    expect((await tributary('init', '--url', url('/open'))).code).toBe(2);
  });
});
