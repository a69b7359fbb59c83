import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { callCli as tributary } from './testing/call-cli.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-cli-'));
});
afterAll(async () => await rm(folder, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const RIGHT = `apiVersion: tributary.dev/v1alpha1
kind: StreamSource
metadata: {name: right, namespace: markets}
spec:
  source:
    http:
      request: {method: GET, url: "https://api.example.com/v2/events"}
      format: json
      records: "items[]"
  schedule: {every: 15m}
  columns:
    - {name: id, role: key, type: string}
  kafka:
    bootstrapServers: "kafka:9092"
  storage: {size: 1Gi}
`;

describe('tributary validate', () => {
  it('says ok for what is right and skips other kinds', async () => {
    const path = await file('right.yaml', `${RIGHT}---\nkind: ConfigMap\nmetadata: {name: other}\n`);
    const { code, out } = await tributary('validate', '-f', path);
    expect(out).toContain(`ok    ${path}: markets/right`);
    expect(out).toContain('ConfigMap other');
    expect(code).toBe(0);
  });

  it('points at the line of each problem, in whichever document it is', async () => {
    const wrong = RIGHT.replace('every: 15m', 'evry: 15m').replace('role: key', 'role: primary');
    const path = await file('wrong.yaml', `${RIGHT}---\n${wrong}`);
    const { code, out } = await tributary('validate', '-f', path);
    const offset = RIGHT.split('\n').length;
    expect(out).toContain(`${path}:${offset + 10}:14 markets/right spec.schedule.evry`);
    expect(out).toContain(`${path}:${offset + 12}:18 markets/right spec.columns[0].role`);
    expect(out).toContain('did you mean every?');
    expect(code).toBe(1);
  });

  it('tells of broken YAML with its place', async () => {
    const path = await file('broken.yaml', 'kind: StreamSource\nspec: "a\n');
    const { code, out } = await tributary('validate', '-f', path, '--json');
    expect(JSON.parse(out)).toMatchObject([{ problems: [{ line: 3, remedy: 'correct the YAML' }] }]);
    expect(code).toBe(1);
  });

  it('says which feed does not fit into the quota that it shares, across files', async () => {
    const feed = (name: string, every: string): string =>
      RIGHT.replace('name: right', `name: ${name}`)
        .replace('every: 15m', `every: ${every}`)
        .replace('  schedule:', '    quotaRef: {name: free}\n  schedule:');
    const quota = `apiVersion: tributary.dev/v1alpha1
kind: APIQuota
metadata: {name: free, namespace: markets}
spec: {limits: [{requests: 25, per: 1d}]}
`;
    const one = await file('feeds.yaml', `${feed('later', '1h')}---\n${feed('first', '2h')}`);
    const two = await file('quota.yaml', quota);
    const { code, out } = await tributary('validate', '-f', one, '-f', two);
    expect(out).toContain(`ok    ${one}: markets/first`);
    expect(out).toContain(`ok    ${two}: APIQuota markets/free`);
    expect(out).toContain(
      'markets/later spec.schedule: APIQuota free: 25 requests in any 1d are allowed; on any day the feed before it needs 12 and this one 24: 36 > 25',
    );
    expect(out).not.toContain(`ok    ${one}: markets/later`);
    expect(code).toBe(1);
    const onDay = (name: string, day: string): string =>
      feed(name, '1d').replace('every: 1d', `cron: "0 18 * * ${day}"`);
    const days = ['MON', 'WED', 'WED'].map((day, index) => onDay(`f${index}`, day));
    const narrow = await file('narrow.yaml', quota.replace('25', '1'));
    const weekly = await tributary(
      'validate',
      '-f',
      await file('weekly.yaml', days.join('---\n')),
      '-f',
      narrow,
    );
    expect(weekly.out).toContain('ok    ' + join(folder, 'weekly.yaml') + ': markets/f1');
    expect(weekly.out).toContain(
      'markets/f2 spec.schedule: APIQuota free: 1 request in any 1d is allowed; around Wednesdays the 2 feeds before it need 1 and this one 1: 2 > 1',
    );
    const bad = await file('bad-quota.yaml', quota.replace('per: 1d', 'per: 1h, resets: "00:00"'));
    expect((await tributary('validate', '-f', bad)).out).toContain('spec.limits[0].resets');
  });

  it('fails for a file that is not there, and for one that holds nothing to validate', async () => {
    expect(await tributary('validate', '-f', join(folder, 'none.yaml'))).toMatchObject({ code: 2 });
    const { code, err } = await tributary('validate', '-f', await file('empty.yaml', ''));
    expect(err).toContain('remedy: name a file that holds documents of kind StreamSource');
    expect(code).toBe(2);
  });
});

describe('tributary', () => {
  it('says what is missing and how to add it', async () => {
    const { code, err } = await tributary('audit', 'markets.ibm');
    expect(err).toContain('remedy: add --bootstrap host:port, or --config with a consumer config');
    expect(code).toBe(2);
    expect((await tributary('audit', 'markets.ibm', '--bootstrap', 'k:9092')).err).toContain('add --volume');
    expect((await tributary('audit', 'ibm')).err).toContain('<namespace>.<name>');
  });

  it('shows help with examples, and refuses what it does not know', async () => {
    const { code, out } = await tributary('audit', '--help');
    expect(out).toContain('$ tributary audit markets.ibm-weekly');
    expect(code).toBe(0);
    expect(await tributary('audit', 'a.b', '--nonsense')).toMatchObject({ code: 2 });
  });

  it('names kubectl where there is none', async () => {
    process.env['TRIBUTARY_KUBECTL'] = join(folder, 'no-kubectl');
    try {
      const { code, err } = await tributary('status', 'markets/sp500');
      expect(err).toContain('remedy: install kubectl, or pipe what it prints');
      expect(code).toBe(2);
    } finally {
      delete process.env['TRIBUTARY_KUBECTL'];
    }
  });

  it('names Kafka when it cannot be reached', async () => {
    const { code, err } = await tributary('audit', 'a.b', '--bootstrap', '127.0.0.1:1', '--folder', folder);
    expect(err).toContain('check --bootstrap');
    expect(code).toBe(2);
  }, 60_000);
});
