import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { customResourceDefinitions } from '@tributary/api/crd';
import { ensureToolchain, startTestApiServer, waitUntil, type TestApiServer } from '@tributary/local/testing';
import {
  ConfigMapResource,
  connectKube,
  CustomResourceDefinitionResource,
  DeploymentResource,
  EventResource,
  KubeApiError,
  NamespaceResource,
  NetworkPolicyResource,
  noMetrics,
  PersistentVolumeClaimResource,
  SecretResource,
  silentLog,
  type CustomResourceDefinition,
  type KubeClient,
  type KubeMetrics,
  type KubeObject,
  type ResourceType,
} from '../../kube/index.ts';
import { loadNotebooks, type NotebookSet } from '../../databricks/index.ts';
import {
  ALLOWED_NAMESPACES,
  Kafkas,
  KafkaTopics,
  KafkaUsers,
  PodMonitors,
  TRACKING,
} from '../../plan/index.ts';
import { StreamSources, type StreamSource } from '../../status/index.ts';
import { createOperator, type OperatorOptions } from '../operator.ts';
import { playControllers, type Played, type PlayOptions } from './played-controllers.ts';
import { playPods, type PlayedPods } from './played-pods.ts';

const run = promisify(execFile);

export const KAFKA_NAMESPACE = 'kafka';
const WITHIN_MS = 20_000;
const STRIMZI: readonly ResourceType[] = [Kafkas, KafkaTopics, KafkaUsers];
const OWNED: readonly ResourceType[] = [
  DeploymentResource,
  ConfigMapResource,
  SecretResource,
  NetworkPolicyResource,
  PersistentVolumeClaimResource,
];

/** A real API server with all the kinds, a Kafka that is Ready, and those played that would act in a cluster. */
export interface World {
  /** As cluster admin. */
  client: KubeClient;
  kubeconfigPath: string;
  apiServer: TestApiServer;
  played: Played;
  /** Writes of operators so far, events and leases apart. */
  writes(): string[];
  /** Starts an operator and waits until it reconciles. */
  startOperator(options?: Partial<OperatorOptions>): Promise<RunningOperator>;
  /** A new namespace with the Secrets that feeds of `feedSpec` use. */
  namespace(databricks?: Record<string, string>): Promise<string>;
  createFeed(namespace: string, name: string, spec?: object): Promise<StreamSource>;
  feed(namespace: string, name: string): Promise<StreamSource | undefined>;
  /** Waits until a condition has that status and, where given, that reason. */
  condition(
    namespace: string,
    name: string,
    type: string,
    status: string,
    reason?: string,
  ): Promise<StreamSource>;
  /** Makes the feed's two pods, which answer `/status` with these parts and what is usual for the rest. */
  runPods(namespace: string, name: string, says: { producer: object; consumer: object }): Promise<PlayedPods>;
  /** Resource versions of the feeds of a namespace, of what they own and of their topics and users, by kind and name. */
  versions(namespace: string): Promise<Record<string, string | undefined>>;
  /** Reasons of the events in a namespace, once those of the last moment are there. */
  eventReasons(namespace: string): Promise<string[]>;
  /** Plays the garbage collector: removes what StreamSources owned that are gone. */
  collectGarbage(namespace: string): Promise<void>;
  /** Makes the API server serve the Prometheus operator's PodMonitors. */
  servePodMonitors(): Promise<void>;
  /** As its uninstallation does. */
  removePodMonitors(): Promise<void>;
  /** As the uninstallation of Strimzi does, with everything of its kinds. */
  removeStrimzi(): Promise<void>;
  /** Its kinds, and the Kafka. */
  installStrimzi(): Promise<void>;
  stop(): Promise<void>;
}

export interface RunningOperator {
  stop(): Promise<void>;
}

export async function startWorld(play: PlayOptions = {}): Promise<World> {
  const { kubectl, strimziCrds } = await ensureToolchain(['kubectl', 'strimzi-crds']);
  const api = await startTestApiServer();
  const folder = await mkdtemp(join(tmpdir(), 'tributary-world-'));
  const writes: string[] = [];
  const operators = new Set<RunningOperator>();
  const client = connectKube({ kubeconfigPath: api.kubeconfigPath, userAgent: 'world/1.0' });
  const applyStrimziCrds = (): Promise<unknown> =>
    run(kubectl, ['--kubeconfig', api.kubeconfigPath, 'apply', '--server-side', '-f', strimziCrds]);
  const createCrds = async (): Promise<void> => {
    await applyStrimziCrds();
    for (const { definition } of customResourceDefinitions())
      // What the API package generates is a definition by construction; its own type is plain JSON.
      await client.create(
        CustomResourceDefinitionResource,
        definition as unknown as CustomResourceDefinition,
      );
    for (const type of [StreamSources, ...STRIMZI])
      await waitUntil(async () => isServed(client, type), {
        what: `${type.kind} is served`,
        timeoutMs: WITHIN_MS,
      });
  };
  await createCrds();
  await client.create(NamespaceResource, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: KAFKA_NAMESPACE },
  });
  await createKafka(client);
  const notebooks = await testNotebooks(folder);
  const played = playControllers(client, play);
  let namespaces = 0;

  const world: World = {
    client,
    kubeconfigPath: api.kubeconfigPath,
    apiServer: api,
    played,
    writes: () => [...writes],
    async startOperator(options = {}) {
      const own = countingClient(
        connectKube({ kubeconfigPath: api.kubeconfigPath, userAgent: 'operator-under-test/1.0' }),
        writes,
      );
      const operator = createOperator({
        client: own,
        namespaces: [],
        kafkaNamespaces: [],
        operatorNamespace: 'tributary-system',
        instance: 'operator-under-test',
        images: { producer: 'tributary/producer:test', consumer: 'tributary/consumer:test' },
        notebooks,
        log: silentLog,
        metrics: noMetrics satisfies KubeMetrics,
        workspaceBudgetMs: 2_000,
        ...options,
      });
      const stop = new AbortController();
      const running = operator.run(stop.signal);
      await operator.started;
      const handle = {
        async stop(): Promise<void> {
          operators.delete(handle);
          stop.abort(new Error('the test stops the operator'));
          await running;
          await own.close();
        },
      };
      operators.add(handle);
      return handle;
    },
    async namespace(databricks = { host: 'http://127.0.0.1:9', token: 'a-token' }) {
      const name = `feeds-${++namespaces}`;
      await client.create(NamespaceResource, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      for (const [secret, stringData] of [
        ['api', { key: 'first-key' }],
        ['databricks', databricks],
      ] as const)
        await client.create(SecretResource, {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: secret, namespace: name },
          stringData,
        });
      return name;
    },
    createFeed: (namespace, name, spec = feedSpec()) =>
      client.create(StreamSources, {
        apiVersion: 'tributary.dev/v1alpha1',
        kind: 'StreamSource',
        metadata: { name, namespace },
        spec,
      }),
    feed: (namespace, name) => client.get(StreamSources, name, namespace),
    async condition(namespace, name, type, status, reason) {
      let last: StreamSource | undefined;
      try {
        await waitUntil(
          async () => {
            last = await client.get(StreamSources, name, namespace);
            const found = last?.status?.conditions?.find((each) => each.type === type);
            const current = last?.status?.observedGeneration === last?.metadata.generation;
            return current && found?.status === status && (reason === undefined || found.reason === reason);
          },
          { what: `${type}=${status}`, timeoutMs: WITHIN_MS },
        );
      } catch (error) {
        const seen = JSON.stringify(last?.status?.conditions ?? [], null, 1);
        throw new Error(`${namespace}/${name} never had ${type}=${status} ${reason ?? ''}: ${seen}`, {
          cause: error,
        });
      }
      if (last === undefined) throw new Error('the feed is gone');
      return last;
    },
    runPods: (namespace, name, says) => playPods(client, namespace, name, says),
    async versions(namespace) {
      const versions: Record<string, string | undefined> = {};
      for (const type of [StreamSources, ...OWNED])
        for (const { metadata } of (await client.list<KubeObject>(type, { namespace })).items)
          versions[`${type.kind} ${metadata.name}`] = metadata.resourceVersion;
      const labelSelector = `${TRACKING.namespace}=${namespace}`;
      for (const type of [KafkaTopics, KafkaUsers])
        for (const { metadata } of (await client.list<KubeObject>(type, { labelSelector })).items)
          versions[`${type.kind} ${metadata.name}`] = metadata.resourceVersion;
      return versions;
    },
    async eventReasons(namespace) {
      // They are written beside the work that they tell of.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const { items } = await client.list(EventResource, { namespace });
      return items.map(({ reason }) => reason ?? '');
    },
    async collectGarbage(namespace) {
      const living = new Set(
        (await client.list(StreamSources, { namespace })).items.map(({ metadata }) => metadata.uid),
      );
      const monitored = await isServed(client, PodMonitors);
      for (const type of monitored ? [...OWNED, PodMonitors] : OWNED) {
        for (const { metadata } of (await client.list<KubeObject>(type, { namespace })).items) {
          const owner = metadata.ownerReferences?.find(({ kind }) => kind === 'StreamSource');
          if (owner !== undefined && !living.has(owner.uid))
            await client.delete(type, metadata.name, namespace);
        }
      }
    },
    async servePodMonitors() {
      await client.create(CustomResourceDefinitionResource, POD_MONITOR_CRD);
      await waitUntil(async () => isServed(client, PodMonitors), {
        what: 'PodMonitor is served',
        timeoutMs: WITHIN_MS,
      });
    },
    async removePodMonitors() {
      await client.delete(CustomResourceDefinitionResource, 'podmonitors.monitoring.coreos.com', undefined);
      await waitUntil(async () => !(await isServed(client, PodMonitors)), {
        what: 'PodMonitor is not served any more',
        timeoutMs: WITHIN_MS,
      });
    },
    async removeStrimzi() {
      for (const { plural } of STRIMZI)
        await client.delete(CustomResourceDefinitionResource, `${plural}.kafka.strimzi.io`, undefined);
      for (const type of STRIMZI)
        await waitUntil(async () => !(await isServed(client, type)), {
          what: `${type.kind} is not served any more`,
          timeoutMs: WITHIN_MS,
        });
    },
    async installStrimzi() {
      await applyStrimziCrds();
      for (const type of STRIMZI)
        await waitUntil(async () => isServed(client, type), {
          what: `${type.kind} is served`,
          timeoutMs: WITHIN_MS,
        });
      await createKafka(client);
    },
    async stop() {
      for (const operator of [...operators]) await operator.stop();
      await played.stop();
      await client.close();
      await api.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return world;
}

/** A feed with everything; `change` replaces top-level fields. */
export function feedSpec(change: object = {}): object {
  return {
    source: {
      alphaVantage: {
        function: 'TIME_SERIES_DAILY',
        parameters: [{ name: 'symbol', value: 'SPX' }],
        apiKeyFrom: { secretKeyRef: { name: 'api', key: 'key' } },
      },
    },
    schedule: { every: '1d' },
    kafka: { strimzi: { cluster: 'plant', namespace: KAFKA_NAMESPACE }, topic: { replicas: 1 } },
    databricks: {
      connection: { secretRef: { name: 'databricks' } },
      volume: { catalog: 'main', schema: 'landing', volume: 'feeds' },
      schedule: { cron: '0 6 * * MON-FRI', timeZone: 'Europe/Paris' },
      analyses: [{ name: 'outlook', notebook: 'forecast', parameters: [{ name: 'horizon', value: '4' }] }],
    },
    ...change,
  };
}

async function createKafka(client: KubeClient): Promise<void> {
  const kafka = await client.create(Kafkas, {
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'Kafka',
    metadata: { name: 'plant', namespace: KAFKA_NAMESPACE, annotations: { [ALLOWED_NAMESPACES]: '*' } },
    spec: {
      kafka: {
        listeners: [
          { name: 'tls', port: 9093, type: 'internal', tls: true, authentication: { type: 'scram-sha-512' } },
        ],
      },
    },
  });
  await client.update(
    Kafkas,
    {
      ...kafka,
      status: {
        observedGeneration: kafka.metadata.generation ?? 1,
        conditions: [{ type: 'Ready', status: 'True' }],
        listeners: [
          {
            name: 'tls',
            bootstrapServers: 'plant-kafka-bootstrap.kafka.svc:9093',
            certificates: ['-----BEGIN CERTIFICATE-----\nnot real\n-----END CERTIFICATE-----'],
          },
        ],
      },
    },
    { subresource: 'status' },
  );
}

/** As little of it as the operator uses; client-node's types spell its extensions in another way than the API. */
const POD_MONITOR_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'podmonitors.monitoring.coreos.com' },
  spec: {
    group: 'monitoring.coreos.com',
    names: { kind: 'PodMonitor', plural: 'podmonitors' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        },
      },
    ],
  },
} as unknown as CustomResourceDefinition;

async function testNotebooks(folder: string): Promise<NotebookSet> {
  for (const name of ['overview', 'forecast'])
    await writeFile(join(folder, `${name}.py`), `# Databricks notebook source\nprint("${name}")\n`);
  await mkdir(join(folder, 'tributary'));
  await writeFile(join(folder, 'tributary', '__init__.py'), '');
  await writeFile(join(folder, 'tributary', 'words.py'), 'GREETING = "hello"\n');
  return loadNotebooks(folder);
}

async function isServed(client: KubeClient, type: Parameters<KubeClient['list']>[0]): Promise<boolean> {
  try {
    await client.list(type);
    return true;
  } catch (error) {
    if (error instanceof KubeApiError && error.isNotFound) return false;
    throw error;
  }
}

/** Notes every write that is no event, as `verb Kind namespace/name`. */
function countingClient(client: KubeClient, writes: string[]): KubeClient {
  const note = (verb: string, kind: string, name: string, namespace = ''): void => {
    if (kind !== 'Event' && kind !== 'Lease') writes.push(`${verb} ${kind} ${namespace}/${name}`);
  };
  return {
    get: (type, name, namespace, signal) => client.get(type, name, namespace, signal),
    list: (type, selector, signal) => client.list(type, selector, signal),
    watch: (type, selector, signal) => client.watch(type, selector, signal),
    text: (path, signal) => client.text(path, signal),
    request: (method, path, body, options) => client.request(method, path, body, options),
    close: () => client.close(),
    create(type, object, options) {
      note('create', type.kind, object.metadata.name, object.metadata.namespace);
      return client.create(type, object, options);
    },
    update(type, object, options) {
      note(options?.subresource ?? 'update', type.kind, object.metadata.name, object.metadata.namespace);
      return client.update(type, object, options);
    },
    apply(type, object, options) {
      note('apply', type.kind, object.metadata.name, object.metadata.namespace);
      return client.apply(type, object, { ...options, fieldValidation: 'Strict' });
    },
    mergePatch(type, name, namespace, patch, options) {
      note('patch', type.kind, name, namespace);
      return client.mergePatch(type, name, namespace, patch, options);
    },
    delete(type, name, namespace, options) {
      note('delete', type.kind, name, namespace);
      return client.delete(type, name, namespace, options);
    },
  };
}
