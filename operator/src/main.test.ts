import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@tributary/local/testing';
import { LeaseResource, NamespaceResource } from './kube/index.ts';
import { startWorld, type World } from './reconcile/testing/world.ts';
import { StreamSources } from './status/index.ts';
import { operatorProcesses, statusCode, type OperatorProcesses } from './testing/operator-process.ts';

let world: World;
let processes: OperatorProcesses;

beforeAll(async () => {
  world = await startWorld();
  await world.client.create(NamespaceResource, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'tributary-system' },
  });
  processes = await operatorProcesses(world.kubeconfigPath);
}, 900_000);

afterEach(async () => {
  await processes?.killAll();
});

afterAll(async () => {
  await world?.stop();
  await processes?.close();
}, 60_000);

const lease = async () =>
  (await world.client.get(LeaseResource, 'tributary-operator', 'tributary-system'))?.spec;
const holder = async (): Promise<string | undefined> => (await lease())?.holderIdentity;

describe('the operator as a process', () => {
  it('leads, reconciles, counts, and releases its lease when it is told to stop', async () => {
    const operator = await processes.start();
    await operator.ready();
    expect(await statusCode(`${operator.url}/healthz`)).toBe(200);
    const namespace = await world.namespace();
    await world.createFeed(namespace, 'sp500');
    await world.condition(namespace, 'sp500', 'Ready', 'True');
    const metrics = await (await fetch(`${operator.url}/metrics`)).text();
    for (const name of [
      'controller_runtime_active_workers{controller="streamsource"}',
      'controller_runtime_max_concurrent_reconciles{controller="streamsource"}',
      'controller_runtime_reconcile_time_seconds_bucket{le="+Inf",controller="streamsource"}',
      'controller_runtime_reconcile_total{controller="streamsource",result="',
      'leader_election_master_status{name="tributary-operator"} 1',
      'rest_client_requests_total{method="PATCH",host="127.0.0.1',
      'workqueue_adds_total{name="streamsource"}',
      'workqueue_depth{name="streamsource"}',
      'workqueue_longest_running_processor_seconds{name="streamsource"}',
      'workqueue_queue_duration_seconds_bucket{le="+Inf",name="streamsource"}',
      'workqueue_unfinished_work_seconds{name="streamsource"}',
      'workqueue_work_duration_seconds_bucket{le="+Inf",name="streamsource"}',
    ])
      expect(metrics).toContain(name);
    // Nothing has failed or been sent again yet.
    for (const name of ['controller_runtime_reconcile_errors_total', 'workqueue_retries_total'])
      expect(metrics).toContain(`# TYPE ${name} counter`);
    expect(await (await fetch(`${operator.url}/status`)).json()).toMatchObject({ leading: true, feeds: 1 });
    expect(await holder()).toMatch(/^operator-0_/);
    expect(await operator.end('SIGTERM')).toBe(0);
    expect(await holder()).toBe('');
  }, 90_000);

  it('waits, ready, while another one leads, and takes over when that one stops', async () => {
    const first = await processes.start();
    await first.ready();
    const second = await processes.start({ TRIBUTARY_POD_NAME: 'operator-1' });
    await second.ready();
    expect(await (await fetch(`${second.url}/status`)).json()).toMatchObject({ leading: false });
    await first.end('SIGTERM');
    await waitUntil(async () => (await holder())?.startsWith('operator-1_') === true, {
      what: 'the second one leads',
      timeoutMs: 20_000,
    });
    expect(await second.end('SIGTERM')).toBe(0);
  }, 90_000);

  it('is replaced when it freezes, and changes nothing when it wakes up', async () => {
    const frozen = await processes.start();
    await frozen.ready();
    const namespace = await world.namespace();
    await world.createFeed(namespace, 'sp500');
    await world.condition(namespace, 'sp500', 'Ready', 'True');
    const next = await processes.start({ TRIBUTARY_POD_NAME: 'operator-1' });
    await next.ready();
    frozen.child.kill('SIGSTOP');
    // Something to do for both, so that the frozen one wakes up in the middle of it.
    await world.client.mergePatch(StreamSources, 'sp500', namespace, { spec: { suspend: true } });
    const renewedAt = Date.parse(String((await lease())?.renewTime));
    await waitUntil(() => next.leads(), { what: 'the second one leads', timeoutMs: 40_000 });
    expect(Date.parse(String((await lease())?.acquireTime)) - renewedAt).toBeLessThanOrEqual(20_000);
    await world.condition(namespace, 'sp500', 'Ready', 'True', 'Suspended');
    const before = await world.versions(namespace);
    const exited = once(frozen.child, 'exit');
    frozen.child.kill('SIGCONT');
    const [code] = (await exited) as [number];
    expect(code).not.toBe(0);
    expect(await world.versions(namespace)).toEqual(before);
    expect(await next.end('SIGTERM')).toBe(0);
  }, 90_000);

  it('is replaced within 20 s when it is killed, and the next one leaves alone what needs nothing', async () => {
    const killed = await processes.start();
    await killed.ready();
    const namespace = await world.namespace();
    await world.createFeed(namespace, 'sp500');
    await world.condition(namespace, 'sp500', 'Ready', 'True');
    await world.condition(namespace, 'sp500', 'AnalysisScheduled', 'False', 'Unreachable');
    const next = await processes.start({ TRIBUTARY_POD_NAME: 'operator-1' });
    await next.ready();
    const before = await world.versions(namespace);
    await killed.end('SIGKILL');
    const renewedAt = Date.parse(String((await lease())?.renewTime));
    await waitUntil(async () => (await lease())?.holderIdentity?.startsWith('operator-1_') === true, {
      what: 'the second one leads',
      timeoutMs: 40_000,
    });
    expect(Date.parse(String((await lease())?.acquireTime)) - renewedAt).toBeLessThanOrEqual(20_000);
    await waitUntil(() => next.leads(), { what: 'it reconciles', timeoutMs: 20_000 });
    const other = await world.namespace();
    await world.createFeed(other, 'later');
    await world.condition(other, 'later', 'Ready', 'True');
    expect(await world.versions(namespace)).toEqual(before);
    expect(await next.end('SIGTERM')).toBe(0);
  }, 90_000);

  it('lets every feed go when it is uninstalled before them, and wedges no namespace', async () => {
    const operator = await processes.start();
    await operator.ready();
    const namespace = await world.namespace();
    await world.createFeed(namespace, 'sp500');
    await world.condition(namespace, 'sp500', 'Ready', 'True');
    await operator.end('SIGTERM');
    const release = await processes.start({ TRIBUTARY_RELEASE_FEEDS: 'true' });
    const [code] = (await once(release.child, 'exit')) as [number];
    expect([code, release.output()]).toEqual([0, expect.stringContaining('"released"')]);
    expect((await world.feed(namespace, 'sp500'))?.metadata.finalizers ?? []).toEqual([]);
    await world.client.delete(StreamSources, 'sp500', namespace);
    expect(await world.feed(namespace, 'sp500')).toBeUndefined();
  }, 90_000);

  it('says which variable is missing', async () => {
    const operator = await processes.start({ TRIBUTARY_PRODUCER_IMAGE: '' });
    await once(operator.child, 'exit');
    expect(operator.child.exitCode).toBe(1);
    expect(operator.output()).toContain('TRIBUTARY_PRODUCER_IMAGE');
  }, 30_000);
});
