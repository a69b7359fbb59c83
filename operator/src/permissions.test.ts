/** The operator with exactly the rights that the chart gives it: whatever it does, the API server never says 403. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ensureToolchain, waitUntil } from '@tributary/local/testing';
import { parse, parseAllDocuments, stringify } from 'yaml';
import {
  ConfigMapResource,
  DeploymentResource,
  EventResource,
  NamespaceResource,
  NetworkPolicyResource,
  SecretResource,
  type ResourceType,
} from './kube/index.ts';
import { KafkaTopics, PodMonitors, RETAINED } from './plan/index.ts';
import { ApiQuotas } from './quota/index.ts';
import { KAFKA_NAMESPACE } from './reconcile/testing/test-kafka.ts';
import { createQuota, quotaFeedSpec } from './reconcile/testing/test-quota.ts';
import { feedSpec, startWorld, type World } from './reconcile/testing/world.ts';
import { StreamSources } from './status/index.ts';
import { operatorProcesses, type OperatorProcesses } from './testing/operator-process.ts';

const run = promisify(execFile);
const CHART = fileURLToPath(new URL('../../charts/tributary', import.meta.url));
const SYSTEM = 'tributary-system';
let world: World;
let folder: string;
let tools: { helm: string; kubectl: string };
let processes: OperatorProcesses | undefined;

beforeAll(async () => {
  tools = await ensureToolchain(['kubectl']);
  world = await startWorld();
  await world.servePodMonitors();
  folder = await mkdtemp(join(tmpdir(), 'tributary-rights-'));
  await world.client.create(NamespaceResource, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: SYSTEM },
  });
}, 900_000);

afterEach(async () => {
  await processes?.killAll();
  await processes?.close();
});

afterAll(async () => {
  await world?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const kubectl = async (...args: string[]): Promise<string> =>
  (await run(tools.kubectl, ['--kubeconfig', world.kubeconfigPath, ...args])).stdout;

/** Applies the rights of the chart, and of its hooks where asked for; returns a kubeconfig that has no others. */
async function installRights(sets: string[], account = 'tributary'): Promise<string> {
  const { stdout } = await run(
    tools.helm,
    ['template', 'tributary', CHART, '--namespace', SYSTEM, '--kube-version', '1.34', ...sets],
    { env: { PATH: process.env['PATH'], HOME: folder } },
  );
  const rights = parseAllDocuments(stdout)
    .map((document) => document.toJS() as { kind?: string } | null)
    .filter((each) => /^(ServiceAccount|(Cluster)?Role(Binding)?)$/.test(each?.kind ?? ''));
  const path = join(folder, 'rights.yaml');
  await writeFile(path, rights.map((each) => stringify(each)).join('---\n'));
  await kubectl('apply', '--server-side', '-f', path);
  const token = (await kubectl('create', 'token', account, '--namespace', SYSTEM)).trim();
  const config = parse(await readFile(world.kubeconfigPath, 'utf8')) as { users: { user: object }[] };
  for (const each of config.users) each.user = { token };
  const kubeconfig = join(folder, `${account}.kubeconfig`);
  await writeFile(kubeconfig, stringify(config));
  return kubeconfig;
}

/**
 * A feed's whole life: made, monitored, repaired, rolled, refused by its quota, suspended, deleted by either policy and
 * taken up again. Every verb that the other tests of the life cycle make an operator use comes in it.
 */
async function liveOnce(namespace: string): Promise<void> {
  await createQuota(world.client, namespace);
  await world.createFeed(namespace, 'sp500', quotaFeedSpec());
  await world.condition(namespace, 'sp500', 'Ready', 'True');
  await waitUntil(async () => (await world.client.get(ApiQuotas, 'free', namespace))?.status?.feeds === 1, {
    what: 'the status of the quota',
    timeoutMs: 10_000,
  });
  await waitUntil(async () => (await world.client.list(EventResource, { namespace })).items.length > 0, {
    what: 'an event',
    timeoutMs: 10_000,
  });
  const monitor = await world.client.get(PodMonitors, 'sp500-pods', namespace);
  expect(monitor).toBeDefined();
  await repairAndRoll(namespace);
  await overdraw(namespace);
  const topic = `${namespace}.sp500`;
  const before = (await world.feed(namespace, 'sp500'))?.status?.topic?.id;
  await world.client.delete(KafkaTopics, topic, KAFKA_NAMESPACE);
  await until('another topic', async () => {
    const id = (await world.feed(namespace, 'sp500'))?.status?.topic?.id;
    return id !== undefined && id !== before;
  });
  await world.condition(namespace, 'sp500', 'Ready', 'True');
  await world.client.mergePatch(StreamSources, 'sp500', namespace, { spec: { suspend: true } });
  await world.condition(namespace, 'sp500', 'Ready', 'True', 'Suspended');
  // Without the connection nothing is waited for.
  await kubectl('delete', 'secret', 'databricks', '--namespace', namespace);
  await gone(namespace);
  const kept = await world.client.get(KafkaTopics, topic, KAFKA_NAMESPACE);
  expect(kept?.metadata.annotations?.[RETAINED]).toBe('true');
  await world.collectGarbage(namespace);
  const deletionPolicy = { topic: 'Delete', files: 'Retain', jobs: 'Delete' };
  const onDisk = { databricks: undefined, storage: { size: '1Gi' }, deletionPolicy };
  await world.createFeed(namespace, 'sp500', feedSpec(onDisk));
  await world.condition(namespace, 'sp500', 'Ready', 'True');
  await gone(namespace);
  expect(await world.client.get(KafkaTopics, topic, KAFKA_NAMESPACE)).toBeUndefined();
}

/** What a feed without any secret needs more: tokens of its service account. The workspace does not answer. */
async function federate(namespace: string): Promise<void> {
  await kubectl('create', 'serviceaccount', 'lander', '--namespace', namespace);
  await world.client.create(SecretResource, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'federated', namespace },
    stringData: { host: 'http://127.0.0.1:9', clientId: 'a-principal', auth: 'federation' },
  });
  const { databricks } = feedSpec() as { databricks: object };
  const connection = { secretRef: { name: 'federated' }, serviceAccountName: 'lander' };
  await world.createFeed(namespace, 'federated', feedSpec({ databricks: { ...databricks, connection } }));
  // It got its token: one that is refused reads as ConnectionInvalid.
  await world.condition(namespace, 'federated', 'AnalysisScheduled', 'False', 'Unreachable');
}

const until = (what: string, holds: () => Promise<boolean>) => waitUntil(holds, { what, timeoutMs: 20_000 });

async function gone(namespace: string): Promise<void> {
  await world.client.delete(StreamSources, 'sp500', namespace);
  await until('the feed is gone', async () => (await world.feed(namespace, 'sp500')) === undefined);
}

/** What somebody deletes or changes comes back, and another key rolls the producer. */
async function repairAndRoll(namespace: string): Promise<void> {
  const children: readonly [ResourceType, string][] = [
    [DeploymentResource, 'sp500-consumer'],
    [ConfigMapResource, 'sp500-producer'],
    [SecretResource, 'sp500-producer'],
    [NetworkPolicyResource, 'sp500-producer'],
    [PodMonitors, 'sp500-pods'],
  ];
  for (const [type, name] of children) await world.client.delete(type, name, namespace);
  for (const [type, name] of children)
    await until(
      `${type.kind} is back`,
      async () => (await world.client.get(type, name, namespace)) !== undefined,
    );
  const producer = async () => world.client.get(DeploymentResource, 'sp500-producer', namespace);
  const before = (await producer())?.metadata.generation;
  await world.client.mergePatch(SecretResource, 'api', namespace, { stringData: { key: 'second-key' } });
  await until('the producer is rolled', async () => (await producer())?.metadata.generation !== before);
  await world.condition(namespace, 'sp500', 'Ready', 'True');
}

async function overdraw(namespace: string): Promise<void> {
  const limit = (per: string) => ({ spec: { limits: [{ requests: 25, per }] } });
  const every = (text: string) => ({ spec: { schedule: { every: text } } });
  await world.client.mergePatch(StreamSources, 'sp500', namespace, every('30m'));
  await world.condition(namespace, 'sp500', 'Stalled', 'True', 'QuotaExceeded');
  await world.client.mergePatch(ApiQuotas, 'free', namespace, limit('1h'));
  await world.condition(namespace, 'sp500', 'Ready', 'True');
}

describe('with the rights of the chart and no others', () => {
  it.each([
    ['the whole cluster', false],
    ['listed namespaces', true],
  ])(
    'the operator of %s does all its work',
    async (_name, listed) => {
      const namespace = await world.namespace();
      const sets = listed
        ? [
            `--set=watchNamespaces={${namespace}},kafkaNamespaces={${KAFKA_NAMESPACE}}`,
            '--set=databricks.federationAudience=databricks',
          ]
        : [];
      const kubeconfig = await installRights(sets);
      processes = await operatorProcesses(kubeconfig);
      const operator = await processes.start({
        TRIBUTARY_LOG_LEVEL: 'debug',
        ...(listed
          ? {
              TRIBUTARY_WATCH_NAMESPACES: namespace,
              TRIBUTARY_KAFKA_NAMESPACES: KAFKA_NAMESPACE,
              TRIBUTARY_DATABRICKS_AUDIENCE: 'databricks',
            }
          : {}),
      });
      await operator.ready();
      await liveOnce(namespace);
      if (listed) await federate(namespace);
      const metrics = await (await fetch(`${operator.url}/metrics`)).text();
      const requests = metrics.split('\n').filter((line) => line.startsWith('rest_client_requests_total'));
      expect(requests.length).toBeGreaterThan(3);
      const denied = requests.filter((line) => line.includes('code="403"'));
      const told = operator
        .output()
        .split('\n')
        .filter((line) => /forbidden/i.test(line));
      expect({ denied, told }).toEqual({ denied: [], told: [] });
      await world.createFeed(namespace, 'left', feedSpec());
      await world.condition(namespace, 'left', 'Stalled', 'True', 'SecretNotFound');
      expect(await operator.end('SIGTERM')).toBe(0);
      const release = await processes.start({
        KUBECONFIG: await installRights(sets, 'tributary-release'),
        TRIBUTARY_RELEASE_FEEDS: 'true',
        TRIBUTARY_WATCH_NAMESPACES: listed ? namespace : '',
      });
      await once(release.child, 'exit');
      expect([release.child.exitCode, release.output()]).toEqual([
        0,
        expect.stringContaining(`"released":${listed ? 2 : 1}`),
      ]);
      await kubectl(
        'delete',
        'clusterrolebindings,clusterroles',
        '--selector',
        'app.kubernetes.io/instance=tributary',
      );
    },
    120_000,
  );
});
