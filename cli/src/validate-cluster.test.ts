import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { callCli as tributary } from './testing/call-cli.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-cli-'));
  process.env['TRIBUTARY_KUBECTL'] = join(folder, 'kubectl');
});
afterAll(async () => {
  delete process.env['TRIBUTARY_KUBECTL'];
  await rm(folder, { recursive: true, force: true });
});

let files = 0;
async function file(text: string): Promise<string> {
  const path = join(folder, `${++files}.yaml`);
  await writeFile(path, text);
  return path;
}

interface FeedOptions {
  namespace?: string;
  quota?: string;
}

const feed = (name: string, every: string, { namespace = 'markets', quota = 'free' }: FeedOptions = {}) =>
  `apiVersion: tributary.dev/v1alpha1
kind: StreamSource
metadata: {name: ${name}${namespace === '' ? '' : `, namespace: ${namespace}`}}
spec:
  source:
    http:
      request: {method: GET, url: "https://api.example.com/v2/events"}
      format: json
      records: "items[]"
    quotaRef: {name: ${quota}}
  schedule: {every: ${every}}
  columns:
    - {name: id, role: key, type: string}
  kafka:
    bootstrapServers: "kafka:9092"
  storage: {size: 1Gi}
`;

const quota = (requests: number): string => `apiVersion: tributary.dev/v1alpha1
kind: APIQuota
metadata: {name: free, namespace: markets}
spec: {limits: [{requests: ${requests}, per: 1d}]}
`;

const standing = (name: string, every: string, createdAt: string) => {
  const object = parse(feed(name, every)) as { metadata: object; spec: object };
  return { ...object, metadata: { ...object.metadata, creationTimestamp: createdAt } };
};

/** A kubectl that knows one cluster with the quota `free` of 25 a day, and whose context is in namespace `markets`. */
async function cluster(...feeds: object[]): Promise<void> {
  const contexts = [
    { name: 'other', context: { namespace: 'elsewhere' } },
    { name: 'here', context: { namespace: 'markets' } },
  ];
  const config = JSON.stringify({ 'current-context': 'here', contexts });
  const items = JSON.stringify({ items: [parse(quota(25)), ...feeds] });
  const path = join(folder, 'kubectl');
  const text = `#!/bin/sh
case "$*" in
*'config view'*) echo '${config}' ;;
*'--namespace markets'*) echo '${items}' ;;
*) echo '{"items":[]}' ;;
esac
`;
  await writeFile(path, text);
  await chmod(path, 0o755);
}

const validate = (path: string, ...more: string[]) =>
  tributary('validate', '-f', path, ...(more.length === 0 ? ['--cluster'] : more));

describe('tributary validate --cluster', () => {
  it('lets the feeds of the cluster come first, which are older', async () => {
    await cluster(
      standing('zebra', '2h', '2026-01-01T00:00:00Z'),
      standing('younger', '3h', '2026-01-02T00:00:00Z'),
    );
    const added = await file(feed('added', '2h'));
    expect(await tributary('validate', '-f', added)).toMatchObject({ code: 0 });
    const { code, out } = await validate(added);
    expect(out).toContain(
      'markets/added spec.schedule: APIQuota free: 25 requests in any 1d are allowed; on any day the 2 feeds before it need 20 and this one 12: 32 > 25',
    );
    expect(code).toBe(1);
    // One that is there already, and is to poll more seldom, keeps its age and makes room.
    const both = await file(`${feed('added', '2h')}---\n${feed('younger', '1d')}`);
    expect(await validate(both)).toMatchObject({ code: 0 });
  });

  it('says which feeds of the cluster would stall, at the feed or the quota that takes their room', async () => {
    await cluster(
      standing('old', '1d', '2026-01-01T00:00:00Z'),
      standing('young', '2h', '2026-01-02T00:00:00Z'),
    );
    const often = await file(feed('old', '1h'));
    const { code, out } = await validate(often);
    expect(out).toContain(
      `${often}:11:3 markets/old spec.schedule: would stall markets/young of the cluster: APIQuota free: 25 requests in any 1d are allowed; on any day the feed before it needs 24 and this one 12: 36 > 25`,
    );
    expect(out).not.toContain('ok ');
    expect(code).toBe(1);
    const lowered = await file(quota(5));
    const narrow = await validate(lowered);
    expect(narrow.out).toContain(
      `${lowered}:4:8 APIQuota markets/free spec.limits: would stall markets/young of the cluster: `,
    );
    expect(narrow).toMatchObject({ code: 1 });
  });

  it('blames nothing for feeds of the cluster that are refused already', async () => {
    await cluster(
      standing('old', '1h', '2026-01-01T00:00:00Z'),
      standing('young', '2h', '2026-01-02T00:00:00Z'),
    );
    expect(await validate(await file(quota(24)))).toMatchObject({ code: 0 });
  });

  it('counts feeds that are wrong otherwise, as the operator does', async () => {
    const old = standing('old', '1h', '2026-01-01T00:00:00Z');
    await cluster({ ...old, spec: { ...old.spec, fromAnOlderVersion: true } });
    expect((await validate(await file(feed('added', '2h')))).out).toContain('36 > 25');
  });

  it('knows when a quota is nowhere', async () => {
    await cluster();
    const path = await file(feed('added', '1d', { quota: 'none' }));
    const { code, out } = await validate(path);
    expect(out).toContain('spec.source.quotaRef: there is no APIQuota none');
    expect(out).toContain('(QuotaNotFound)');
    expect(code).toBe(1);
    expect(await tributary('validate', '-f', path)).toMatchObject({ code: 0 });
  });

  it('puts what names no namespace where kubectl would', async () => {
    await cluster();
    const both = await file(`${feed('a', '1h')}---\n${feed('b', '2h', { namespace: '' })}`);
    expect((await validate(both)).out).toContain('b spec.schedule: APIQuota free: 25 requests');
    const other = await validate(both, '--context', 'other');
    expect(other.out).toContain('b spec.source.quotaRef: there is no APIQuota free');
  });
});
