import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
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
import {
  COMPONENTS,
  Kafkas,
  KafkaTopics,
  KafkaUsers,
  PodMonitors,
  SECRETS_CHECKSUM,
  TRACKING,
} from '../../plan/index.ts';
import { StreamSources, type StreamSource } from '../../status/index.ts';
import { createOperator, type OperatorOptions } from '../operator.ts';
import { countingClient } from './counting-client.ts';
import { isServed, untilServed } from './is-served.ts';
import { playControllers, type Played, type PlayOptions } from './played-controllers.ts';
import { playPods, type PlayedPods } from './played-pods.ts';
import { POD_MONITOR_CRD } from './pod-monitor-crd.ts';
import { createKafka, KAFKA_NAMESPACE, makeReady } from './test-kafka.ts';
import { testNotebooks } from './test-notebooks.ts';

const run = promisify(execFile);

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
  /** Waits until it is stalled for that reason. Returns the message. */
  stalled(namespace: string, name: string, reason: string): Promise<string | undefined>;
  /** Of what rolls the feed's pods when a Secret changes, by component. */
  checksums(namespace: string, name: string): Promise<(string | undefined)[]>;
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
    await untilServed(client, [StreamSources, ...STRIMZI]);
  };
  await createCrds();
  await client.create(NamespaceResource, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: KAFKA_NAMESPACE },
  });
  await makeReady(client, await createKafka(client, 'plant', '*'));
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
    async stalled(namespace, name, reason) {
      const { status } = await world.condition(namespace, name, 'Stalled', 'True', reason);
      return status?.conditions?.find(({ type }) => type === 'Stalled')?.message;
    },
    checksums: (namespace, name) =>
      Promise.all(
        COMPONENTS.map(async (component) => {
          const found = await client.get(DeploymentResource, `${name}-${component}`, namespace);
          return found?.spec?.template.metadata?.annotations?.[SECRETS_CHECKSUM];
        }),
      ),
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
      await untilServed(client, [PodMonitors]);
    },
    async removePodMonitors() {
      await client.delete(CustomResourceDefinitionResource, 'podmonitors.monitoring.coreos.com', undefined);
      await untilServed(client, [PodMonitors], false);
    },
    async removeStrimzi() {
      for (const { plural } of STRIMZI)
        await client.delete(CustomResourceDefinitionResource, `${plural}.kafka.strimzi.io`, undefined);
      await untilServed(client, STRIMZI, false);
    },
    async installStrimzi() {
      await applyStrimziCrds();
      await untilServed(client, STRIMZI);
      await makeReady(client, await createKafka(client, 'plant', '*'));
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
