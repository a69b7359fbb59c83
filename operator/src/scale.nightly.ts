/**
 * A thousand feeds against a real API server, with Strimzi and the controller of Deployments played, and the operator as a
 * process of its own. Prints what it measures; the bounds are those that must hold on any machine.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { usageOf, waitUntil } from '@tributary/local/testing';
import { buildBundles, bundlePath } from '../../scripts/bundles.ts';
import { DeploymentResource, NamespaceResource, Reflector } from './kube/index.ts';
import { startFaultyProxy, type FaultyProxy } from './kube/testing/faulty-proxy.ts';
import { feedSpec, startWorld, type World } from './reconcile/testing/world.ts';
import { StreamSources } from './status/index.ts';
import { chartMemoryEnv } from './testing/chart-memory.ts';
import {
  operatorProcesses,
  type OperatorProcess,
  type OperatorProcesses,
} from './testing/operator-process.ts';

const FEEDS = Number(process.env['TRIBUTARY_SCALE_FEEDS'] ?? 1_000);
const AT_ONCE = 8;
const REPAIRED = Math.min(100, FEEDS);
/** Topics 3, users 2, secrets 2, configs 2, network policies 2, deployments 2. */
const CHILDREN = 13;
const MEMORY = chartMemoryEnv();
const MAX_RSS_MB = 200;
/** That it takes a second is the bench's to show, which has the machine alone; here whoever plays the cluster works beside it. */
const MAX_REPAIR_MS = 10_000;
/** A watch may end with 410 in the moment when it begins. */
const LOOKS_ALIKE = 3;
let world: World;
let processes: OperatorProcesses;
let operator: OperatorProcess;
let namespace: string;
const table: string[] = [];

beforeAll(async () => {
  world = await startWorld();
  await world.client.create(NamespaceResource, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'tributary-system' },
  });
  await buildBundles(['operator']);
  processes = await operatorProcesses(world.kubeconfigPath, bundlePath('operator'));
  namespace = await world.namespace();
}, 900_000);

afterAll(async () => {
  console.log(table.join('\n'));
  await processes?.killAll();
  await world?.stop();
  await processes?.close();
}, 120_000);

const say = (what: string, value: string): void => void table.push(`${what.padEnd(64)} ${value}`);
const seconds = (sinceMs: number): string => `${((performance.now() - sinceMs) / 1_000).toFixed(1)} s`;
const name = (index: number): string => `feed-${String(index).padStart(4, '0')}`;
/** On the disk, so that no workspace is spoken to. */
const spec = feedSpec({ databricks: undefined, storage: { size: '1Gi' } });

/** Does it for 0 to `count` - 1, a few at a time. */
async function each(count: number, act: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function requestsOf({ url }: OperatorProcess): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const line of (await (await fetch(`${url}/metrics`)).text()).split('\n')) {
    const [, method = '', count] = /^rest_client_requests_total\{.*method="(\w+)".*\} (\d+)/.exec(line) ?? [];
    if (count !== undefined) counts.set(method, (counts.get(method) ?? 0) + Number(count));
  }
  return counts;
}

/** Over all series of a metric that have the label. */
async function sumOf({ url }: OperatorProcess, metric: string, label = ''): Promise<number> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  return lines
    .filter((line) => line.startsWith(`${metric}{`) && line.includes(label))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

const WRITES =
  /^apiserver_request_total\{(?=[^}]*verb="(?:APPLY|PATCH|POST|PUT|DELETE)")[^}]*resource="(\w+)"[^}]*\} (\S+)$/gm;
/** All that a feed consists of. */
const OF_FEEDS = new Set([
  ...['streamsources', 'kafkatopics', 'kafkausers', 'deployments', 'secrets', 'configmaps'],
  ...['networkpolicies', 'persistentvolumeclaims'],
]);

/** As the API server counts them, status included, whoever writes: each try, also those refused. */
async function writesToFeeds(): Promise<number> {
  let sum = 0;
  for (const [, resource = '', count] of (await world.client.text('/metrics')).matchAll(WRITES))
    if (OF_FEEDS.has(resource)) sum += Number(count);
  return sum;
}

const readyFeeds = async (): Promise<number> =>
  (await world.client.list(StreamSources, { namespace })).items.filter((feed) =>
    feed.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  ).length;

describe(`${FEEDS} feeds`, () => {
  it('are made at the pace of the API server, each child written once', async () => {
    operator = await processes.start(MEMORY);
    await operator.ready();
    const startedAt = performance.now();
    const creating = each(FEEDS, (index) => world.createFeed(namespace, name(index), spec));
    await waitUntil(async () => (await readyFeeds()) === FEEDS, {
      what: 'all feeds are Ready',
      timeoutMs: 600_000,
      intervalMs: 1_000,
    });
    await creating;
    say(`${FEEDS} feeds from create to Ready`, seconds(startedAt));
    const counts = await requestsOf(operator);
    say('requests of the operator by verb', JSON.stringify(Object.fromEntries(counts)));
    const { rssMb, peakRssMb, cpuSeconds } = usageOf(operator.child.pid);
    say('memory of the operator (RSS now, peak)', `${rssMb.toFixed(0)} MB, ${peakRssMb.toFixed(0)} MB`);
    say('CPU of the operator', `${cpuSeconds.toFixed(1)} s`);
    // One apply for each child and one finalizer; the claim is the fourteenth child here.
    expect(counts.get('PATCH')).toBe(FEEDS * (CHILDREN + 1 + 1));
    expect(peakRssMb).toBeLessThan(MAX_RSS_MB);
  }, 900_000);

  it('get a hundred deleted Deployments back', async () => {
    // Asking again and again would keep the API server from what is measured.
    const stop = new AbortController();
    const deployments = new Reflector({
      client: world.client,
      type: DeploymentResource,
      selector: { namespace, metadataOnly: true },
    });
    const watching = deployments.run(stop.signal);
    await deployments.synced;
    const gone = new Set<string | undefined>();
    await each(REPAIRED, async (index) => {
      const deleted = `${name(index)}-producer`;
      gone.add(deployments.store.get(deleted, namespace)?.metadata.uid);
      await world.client.delete(DeploymentResource, deleted, namespace);
    });
    const startedAt = performance.now();
    const isBack = (): boolean =>
      deployments.store.list().filter(({ metadata }) => !gone.has(metadata.uid)).length === 2 * FEEDS;
    await waitUntil(isBack, { what: 'all Deployments are back', timeoutMs: 60_000, intervalMs: 10 });
    say(`${REPAIRED} deleted Deployments back after the last deletion`, seconds(startedAt));
    expect(performance.now() - startedAt).toBeLessThan(MAX_REPAIR_MS);
    stop.abort();
    await watching;
    await waitUntil(async () => (await readyFeeds()) === FEEDS, { what: 'all Ready', timeoutMs: 60_000 });
  }, 120_000);

  it('cost nothing when the operator is restarted and nothing has changed', async () => {
    await operator.end('SIGTERM');
    const before = await writesToFeeds();
    expect(before).toBeGreaterThan(FEEDS * CHILDREN);
    const startedAt = performance.now();
    operator = await processes.start(MEMORY);
    await operator.ready();
    await allReconciled();
    say('restart until every feed is reconciled', seconds(startedAt));
    const { rssMb, peakRssMb, cpuSeconds } = usageOf(operator.child.pid);
    say('memory after the restart (RSS now, peak)', `${rssMb.toFixed(0)} MB, ${peakRssMb.toFixed(0)} MB`);
    expect(peakRssMb).toBeLessThan(MAX_RSS_MB);
    await new Promise((resolve) => setTimeout(resolve, 30_000));
    say(
      'CPU of the operator at rest',
      `${((usageOf(operator.child.pid).cpuSeconds - cpuSeconds) / 0.3).toFixed(2)} % of a core`,
    );
    const writes = (await writesToFeeds()) - before;
    say('writes after the restart, of anybody', String(writes));
    expect(writes).toBe(0);
  }, 240_000);

  it('are listed again by all watches at the same time in the same memory', async () => {
    await operator.end('SIGTERM');
    const proxy = await startFaultyProxy(world.apiServer);
    const folder = await mkdtemp(join(tmpdir(), 'tributary-scale-'));
    try {
      const KUBECONFIG = join(folder, 'kubeconfig');
      await writeFile(KUBECONFIG, kubeconfigOf(proxy.url));
      operator = await processes.start({ ...MEMORY, KUBECONFIG });
      await operator.ready();
      await allReconciled();
      const peak = (): number => usageOf(operator.child.pid).peakRssMb;
      say('peak memory before anything is listed again', `${peak().toFixed(0)} MB`);

      const watches = proxy.openWatches;
      const relisted = async (why: string, begin: () => unknown): Promise<void> => {
        const before = await sumOf(operator, 'reflector_lists_total');
        await begin();
        await allOpen(proxy, watches);
        const lists = (await sumOf(operator, 'reflector_lists_total')) - before;
        say(`peak memory after ${why}, ${lists} lists`, `${peak().toFixed(0)} MB`);
        expect(peak()).toBeLessThan(MAX_RSS_MB);
      };
      await relisted(`410 for each of ${watches} watches`, () => proxy.expireWatches());
      await relisted('a restart of the API server', () => world.apiServer.restart());
    } finally {
      await operator.end('SIGTERM');
      await proxy[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    }
  }, 240_000);
});

const allReconciled = (): Promise<unknown> =>
  waitUntil(
    async () =>
      (await sumOf(operator, 'controller_runtime_reconcile_total', 'controller="streamsource"')) >= FEEDS,
    { what: 'every feed is reconciled', timeoutMs: 120_000 },
  );

/** Waits until so many watches are open, and stay so. */
async function allOpen(proxy: FaultyProxy, watches: number): Promise<void> {
  let looks = 0;
  await waitUntil(() => (looks = proxy.openWatches === watches ? looks + 1 : 0) > LOOKS_ALIKE, {
    what: 'all watches are open',
    timeoutMs: 120_000,
    intervalMs: 1_000,
  });
}

function kubeconfigOf(server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  });
}
