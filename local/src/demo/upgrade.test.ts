/** A running feed whose operator is replaced by a newer one, on the embedded stack: its pods roll while data flows. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StreamSourceStatus } from '@tributary/api';
import { bundlePath } from '../../../scripts/bundles.ts';
import { waitUntil } from '../processes/wait-until.ts';
import { applyObjects, runTool } from '../stack/kubectl.ts';
import { installTributary, OPERATOR_NAMESPACE, STACK_PARTS, startStack, type Stack } from '../stack/stack.ts';
import { ensureToolchain } from '../toolchain/index.ts';
import { runAudit } from './audit-run.ts';
import { readPodStatuses } from './pod-statuses.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const NAMESPACE = 'events';
const FEED = 'ticks';
/** Several files before, during and after the upgrade. */
const BEFORE = 40;
const AFTER = 40;

let stack: Stack;
let folder = '';
let api: Server;
/** What the API has shown so far; each answer shows one event more than the last. */
let shown = 0;
let growing = true;
const abort = new AbortController();

beforeAll(async () => {
  const toolchain = await ensureToolchain(STACK_PARTS);
  folder = mkdtempSync(join(tmpdir(), 'tributary-upgrade-'));
  const workDir = join(folder, 'stack');
  const { signal } = abort;
  stack = await startStack({ root: ROOT, workDir, toolchain, signal, step: () => undefined });
  await installTributary(stack, { root: ROOT, signal, step: () => undefined });
  api = createServer((_request, response) => {
    if (growing) shown += 1;
    const events = Array.from({ length: shown }, (_, index) => ({
      id: `e${index}`,
      at: new Date(Date.UTC(2026, 0, 1) + index * 1_000).toISOString(),
    }));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(events));
  });
  await new Promise<void>((resolve) => {
    api.listen(0, '127.0.0.1', resolve);
  });
}, 300_000);

afterAll(async () => {
  abort.abort();
  api?.closeAllConnections();
  api?.close();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const kubectl = (...args: string[]): Promise<string> =>
  runTool(stack.tools, 'kubectl', args, { signal: abort.signal });

/** As the pods themselves say: the operator tells figures once a minute only. */
async function counts(): Promise<(number | undefined)[]> {
  const said = (await readPodStatuses(stack.kube, abort.signal)).get(`${NAMESPACE}/${FEED}`);
  return [said?.producer?.published, said?.consumer?.landed.records, said?.consumer?.uploaded.records];
}

const until = (what: string, holds: () => boolean | Promise<boolean>) =>
  waitUntil(async () => holds(), { what, timeoutMs: 120_000, intervalMs: 300 });

/** Name, image and config checksum of the feed's running pods. */
async function pods(): Promise<{ name: string; image: string; config: string }[]> {
  const text = await kubectl('get', 'pods', '--namespace', NAMESPACE, '--output', 'json');
  const { items } = JSON.parse(text) as {
    items: {
      metadata: { name: string; deletionTimestamp?: string; annotations: Record<string, string> };
      spec: { containers: { image: string }[] };
      status: { phase?: string };
    }[];
  };
  return items
    .filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && status.phase === 'Running')
    .map(({ metadata, spec }) => ({
      name: metadata.name,
      image: spec.containers[0]?.image ?? '',
      config: metadata.annotations['tributary.dev/config-checksum'] ?? '',
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function applyFeed(every: string): Promise<void> {
  const { url, clientId, clientSecret } = stack.workspace;
  await applyObjects(stack.tools, [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'databricks', namespace: NAMESPACE },
      stringData: { host: url, clientId, clientSecret },
    },
    {
      apiVersion: 'tributary.dev/v1alpha1',
      kind: 'StreamSource',
      metadata: { name: FEED, namespace: NAMESPACE },
      spec: {
        source: {
          http: {
            request: { url: `http://127.0.0.1:${(api.address() as AddressInfo).port}/` },
            allowPrivate: true,
          },
        },
        schedule: { every },
        columns: [
          { name: 'id', role: 'key' },
          { name: 'at', role: 'time', type: 'timestamp' },
        ],
        csv: { cut: { records: 7, after: '1s' } },
        kafka: {
          strimzi: { cluster: 'plant', namespace: 'kafka' },
          topic: { replicas: 1, partitions: 2 },
        },
        databricks: {
          connection: { secretRef: { name: 'databricks' } },
          volume: { catalog: 'main', schema: 'landing', volume: 'feeds' },
        },
      },
    },
  ]);
}

/** `helm upgrade` to images of another tag, for the operator and for the pods, and another log level for all. */
async function upgradeOperator(tag: string): Promise<void> {
  const images = ['image', 'producer.image', 'consumer.image'].map((image) => `${image}.tag=${tag}`);
  await runTool(
    stack.tools,
    'helm',
    [
      ...['upgrade', 'tributary', join(ROOT, 'charts', 'tributary'), `--namespace=${OPERATOR_NAMESPACE}`],
      ...['--reuse-values', '--set', [...images, 'logLevel=debug'].join(','), '--wait', '--timeout=120s'],
    ],
    { signal: abort.signal },
  );
}

/** Column `id` of every row in the volume, by the files themselves. */
function landedIds(): string[] {
  const volume = join(stack.workspace.volumesDir, 'main', 'landing', 'feeds', `${NAMESPACE}.${FEED}`);
  return readdirSync(volume, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.csv.gz'))
    .flatMap((name) => {
      const [header = '', ...rows] = gunzipSync(readFileSync(join(volume, name)))
        .toString()
        .trim()
        .split('\n');
      const at = header.split(',').indexOf('id');
      return rows.map((row) => row.split(',')[at] ?? '');
    });
}

describe('an upgrade of the operator under a running feed', () => {
  it('rolls its pods and loses, repeats and alters no record', async () => {
    await kubectl(
      ...['annotate', 'kafka', 'plant', '--namespace', 'kafka', '--overwrite'],
      'tributary.dev/allowed-namespaces=*',
    );
    await applyFeed('200ms');
    await until('data flows', async () => shown >= BEFORE && (await pods()).length === 2);
    const before = await pods();
    await upgradeOperator('next');
    await until('both pods are of the new image', async () => {
      const now = await pods();
      return now.length === 2 && now.every(({ image }) => image.endsWith(':next'));
    });
    const shownThen = shown;
    // Another config, as a newer version writes it, while the new pods are hardly up.
    await applyFeed('150ms');
    await until('the producer is of the new config', async () => {
      const [, producer] = await pods();
      return producer?.name.includes('producer') === true && producer.config !== before[1]?.config;
    });
    await until('data flows again', () => shown >= shownThen + AFTER);
    growing = false;
    await until('all of it is in the volume', async () => (await counts())[2] === shown);

    const now = await pods();
    expect(now.map(({ name }) => name)).not.toEqual(before.map(({ name }) => name));
    expect(await counts()).toEqual([shown, shown, shown]);
    const ids = landedIds();
    expect([ids.length, new Set(ids).size]).toEqual([shown, shown]);
    const audit = await runAudit(
      bundlePath('cli'),
      join(folder, 'audit'),
      stack.kube,
      {
        feed: `${NAMESPACE}.${FEED}`,
        namespace: NAMESPACE,
        configMap: `${FEED}-consumer`,
        kafkaSecret: `${FEED}-consumer`,
        databricksSecret: 'databricks',
      },
      abort.signal,
    );
    expect(audit).toMatchObject({ result: 'ok' });
  }, 400_000);
});

describe('a topic that somebody deletes under a running feed', () => {
  it('comes back as another one, and what the API shows from then on lands there', async () => {
    const feed = async () => {
      const text = await kubectl('get', 'feed', FEED, '--namespace', NAMESPACE, '--output', 'json');
      return (JSON.parse(text) as { status: StreamSourceStatus }).status;
    };
    const before = (await feed()).topic?.id;
    expect(before).toBeDefined();
    await kubectl('delete', 'kafkatopic', `${NAMESPACE}.${FEED}`, '--namespace', 'kafka');
    await until('another topic', async () => ![undefined, before].includes((await feed()).topic?.id));
    await kubectl('wait', `feed/${FEED}`, '--for=condition=Ready', '--namespace', NAMESPACE, '--timeout=90s');
    const shownThen = shown;
    growing = true;
    await until('the API shows more', () => shown >= shownThen + AFTER);
    growing = false;
    await until('the last of it has landed', () => landedIds().includes(`e${shown - 1}`));
    const ids = landedIds();
    expect([ids.length, new Set(ids).size]).toEqual([shown, shown]);
    const events = await kubectl('get', 'events', '--namespace', NAMESPACE, '--output', 'json');
    expect(events).toContain('TopicRecreated');
  }, 300_000);
});

describe('an operator that is uninstalled before its feeds', () => {
  it('leaves their pods running, and namespaces that can be deleted', async () => {
    const before = (await pods()).map(({ name }) => name);
    await runTool(
      stack.tools,
      'helm',
      ['uninstall', 'tributary', `--namespace=${OPERATOR_NAMESPACE}`, '--wait', '--timeout=120s'],
      { signal: abort.signal },
    );
    const left = await kubectl('get', 'feed', FEED, '--namespace', NAMESPACE, '--output', 'json');
    expect((JSON.parse(left) as { metadata: { finalizers?: string[] } }).metadata.finalizers).toBeUndefined();
    expect((await pods()).map(({ name }) => name)).toEqual(before);
    await kubectl('delete', 'namespace', NAMESPACE, '--timeout=90s');
    expect(await kubectl('get', 'pods', '--namespace', NAMESPACE, '--output', 'name')).toBe('');
  }, 240_000);
});
