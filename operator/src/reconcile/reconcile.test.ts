import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@tributary/local/testing';
import { ConfigMapResource, DeploymentResource, SecretResource, type Deployment } from '../kube/index.ts';
import { StreamSources } from '../status/index.ts';
import { COMPONENTS, Kafkas, KafkaTopics, KafkaUsers, PodMonitors, TRACKING } from '../plan/index.ts';
import { KAFKA_NAMESPACE } from './testing/test-kafka.ts';
import { feedSpec, startWorld, type RunningOperator, type World } from './testing/world.ts';

let world: World;
let operator: RunningOperator | undefined;

beforeAll(async () => {
  world = await startWorld();
}, 900_000);

afterEach(async () => {
  await operator?.stop();
  operator = undefined;
});

afterAll(async () => {
  await world?.stop();
}, 60_000);

const readyFeed = async (spec?: object): Promise<{ namespace: string; name: string }> => {
  operator ??= await world.startOperator();
  const namespace = await world.namespace();
  await world.createFeed(namespace, 'sp500', spec);
  await world.condition(namespace, 'sp500', 'Ready', 'True');
  return { namespace, name: 'sp500' };
};

const deployment = async (namespace: string, component: string): Promise<Deployment> => {
  const found = await world.client.get(DeploymentResource, `sp500-${component}`, namespace);
  if (found === undefined) throw new Error(`there is no Deployment of the ${component}`);
  return found;
};

/** As Strimzi does when the authority of a Kafka is about to expire. */
const renewAuthority = async (): Promise<void> => {
  const plant = await world.client.get(Kafkas, 'plant', KAFKA_NAMESPACE);
  const [listener, ...listeners] = plant?.status?.listeners ?? [];
  if (plant === undefined || listener === undefined) throw new Error('the Kafka of the world is gone');
  const certificates = [...(listener.certificates ?? []), 'one more'];
  const status = { ...plant.status, listeners: [{ ...listener, certificates }, ...listeners] };
  await world.client.update(Kafkas, { ...plant, status }, { subresource: 'status' });
};

describe('a StreamSource', () => {
  it('becomes Ready with topics, users, credentials, configs and two deployments in place', async () => {
    const { namespace, name } = await readyFeed();
    const feed = await world.feed(namespace, name);
    expect(feed?.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'Ready=True',
      'TopicReady=True',
      'UserReady=True',
      'ProducerAvailable=True',
      'ConsumerAvailable=True',
      expect.stringMatching(/^AnalysisScheduled=/),
      'FullySupported=True',
    ]);
    const full = `${namespace}.${name}`;
    for (const topic of [full, `${full}.state`, `${full}.dlq`])
      expect(await world.client.get(KafkaTopics, topic, KAFKA_NAMESPACE)).toBeDefined();
    for (const user of [`${full}.producer`, `${full}.consumer`])
      expect(await world.client.get(KafkaUsers, user, KAFKA_NAMESPACE)).toBeDefined();
    const mirrored = await world.client.get(SecretResource, `${name}-producer`, namespace);
    const original = await world.client.get(SecretResource, `${full}.producer`, KAFKA_NAMESPACE);
    expect(mirrored?.data?.['password']).toBe(original?.data?.['password']);
    const config = await world.client.get(ConfigMapResource, `${name}-consumer`, namespace);
    expect(JSON.parse(config?.data?.['config.json'] ?? '')).toMatchObject({
      feed: { namespace, name, uid: feed?.metadata.uid },
      kafka: { topic: full, topicId: feed?.status?.topic?.id, tls: 'ca.crt' },
    });
  }, 60_000);

  it('is admitted with everything that a user may say of its pods', async () => {
    const pod = (memory: string) => ({
      image: `registry.example.com/tributary:${memory}`,
      resources: { requests: { cpu: '20m', ephemeralStorage: '1Gi' }, limits: { cpu: '1', memory } },
      nodeSelector: [{ name: 'kubernetes.io/arch', value: 'amd64' }],
      tolerations: [
        { key: 'dedicated', operator: 'Equal', value: 'feeds', effect: 'NoSchedule' },
        { operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 },
      ],
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 1,
              podAffinityTerm: {
                topologyKey: 'kubernetes.io/hostname',
                labelSelector: { matchLabels: { app: 'x' } },
              },
            },
          ],
        },
      },
      labels: [{ name: 'team', value: 'markets' }],
      annotations: [{ name: 'example.com/cost-centre', value: '42' }],
    });
    const pods = { producer: pod('256Mi'), consumer: pod('768Mi') };
    // Every apply of this world is validated strictly.
    const { namespace } = await readyFeed(
      feedSpec({ pods, databricks: undefined, storage: { size: '2Gi' } }),
    );
    const template = (await deployment(namespace, 'consumer')).spec?.template;
    expect(template?.spec?.containers[0]?.resources?.limits).toEqual({ cpu: '1', memory: '768Mi' });
    const before = world.writes().length;
    await operator?.stop();
    operator = await world.startOperator();
    const other = await world.namespace();
    await world.createFeed(other, 'later');
    await world.condition(other, 'later', 'Ready', 'True');
    const more = world.writes().slice(before);
    expect(more.filter((write) => write.includes(`${namespace}/`))).toEqual([]);
  }, 60_000);

  it('is left alone by a resync and by a restarted operator when nothing has changed', async () => {
    const onDisk = feedSpec({ databricks: undefined, storage: { size: '1Gi' } });
    const { namespace } = await readyFeed(onDisk);
    const before = world.writes();
    await operator?.stop();
    operator = await world.startOperator();
    const other = await world.namespace();
    await world.createFeed(other, 'later');
    await world.condition(other, 'later', 'Ready', 'True');
    const more = world.writes().slice(before.length);
    expect(more.filter((write) => write.includes(namespace) && !write.includes(other))).toEqual([]);
  }, 60_000);

  it('gets back a child that somebody deleted, and one that somebody changed', async () => {
    const { namespace, name } = await readyFeed();
    const old = await deployment(namespace, 'producer');
    await world.client.delete(DeploymentResource, `${name}-producer`, namespace);
    await waitUntil(
      async () => {
        const found = await world.client.get(DeploymentResource, `${name}-producer`, namespace);
        return found !== undefined && found.metadata.uid !== old.metadata.uid;
      },
      { what: 'the deployment is back', timeoutMs: 5_000 },
    );
    await world.client.mergePatch(DeploymentResource, `${name}-consumer`, namespace, {
      spec: { replicas: 3 },
    });
    await waitUntil(async () => (await deployment(namespace, 'consumer')).spec?.replicas === 1, {
      what: 'one replica again',
      timeoutMs: 5_000,
    });
    const feed = await world.condition(namespace, name, 'Ready', 'True');
    expect(feed.status?.observedGeneration).toBe(1);
  }, 60_000);

  it('scales both pods to zero when it is suspended, and back', async () => {
    const { namespace, name } = await readyFeed();
    const change = async (suspend: boolean): Promise<unknown> =>
      world.client.mergePatch(StreamSources, name, namespace, { spec: { suspend } });
    await change(true);
    await world.condition(namespace, name, 'Ready', 'True', 'Suspended');
    expect((await deployment(namespace, 'producer')).spec?.replicas).toBe(0);
    expect((await deployment(namespace, 'consumer')).spec?.replicas).toBe(0);
    await change(false);
    await world.condition(namespace, name, 'Ready', 'True', 'Available');
    expect((await deployment(namespace, 'producer')).spec?.replicas).toBe(1);
  }, 60_000);

  it('rolls exactly the pods that use what is rotated', async () => {
    const { namespace, name } = await readyFeed();
    /** Those of which it has changed, once it has of all that it should. */
    const rolledBy = async (rotate: () => Promise<unknown>, ...expected: string[]): Promise<string[]> => {
      const before = await world.checksums(namespace, name);
      let rolled: string[] = [];
      await rotate();
      await waitUntil(
        async () => {
          const after = await world.checksums(namespace, name);
          rolled = COMPONENTS.filter((_, index) => after[index] !== before[index]);
          return expected.every((component) => rolled.includes(component));
        },
        { what: `${expected.join(' and ')} rolled`, timeoutMs: 5_000 },
      );
      return rolled;
    };
    const change =
      (secret: string, stringData: object, within = namespace) =>
      () =>
        world.client.mergePatch(SecretResource, secret, within, { stringData });
    const [producer, consumer] = COMPONENTS;
    expect(await rolledBy(change('api', { key: 'second-key' }), producer)).toEqual([producer]);
    // What no pod uses rolls none, or it would be seen by the next rotation.
    await change('api', { unused: 'x' })();
    for (const component of COMPONENTS) {
      const rotate = change(`${namespace}.sp500.${component}`, { password: 'another' }, KAFKA_NAMESPACE);
      expect(await rolledBy(rotate, component)).toEqual([component]);
    }
    expect(await rolledBy(change('databricks', { token: 'another-token' }), consumer)).toEqual([consumer]);
    expect(await rolledBy(renewAuthority, producer, consumer)).toEqual([producer, consumer]);
  }, 60_000);

  it('never adopts what belongs to another, and says so', async () => {
    operator = await world.startOperator();
    const namespace = await world.namespace();
    await world.client.create(ConfigMapResource, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'sp500-producer', namespace },
      data: { mine: 'yes' },
    });
    await world.createFeed(namespace, 'sp500');
    const feed = await world.condition(namespace, 'sp500', 'Stalled', 'True', 'NameTaken');
    expect(feed.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('False');
    const untouched = await world.client.get(ConfigMapResource, 'sp500-producer', namespace);
    expect(untouched?.data).toEqual({ mine: 'yes' });
  }, 60_000);

  it('neither adopts nor removes a topic of another that has its name', async () => {
    operator = await world.startOperator();
    const namespace = await world.namespace();
    const name = `${namespace}.sp500`;
    const theirs = await world.client.create(KafkaTopics, {
      apiVersion: 'kafka.strimzi.io/v1',
      kind: 'KafkaTopic',
      metadata: { name, namespace: KAFKA_NAMESPACE, labels: { 'strimzi.io/cluster': 'plant' } },
      spec: { partitions: 3, replicas: 1 },
    });
    await world.createFeed(namespace, 'sp500');
    const feed = await world.condition(namespace, 'sp500', 'TopicReady', 'False', 'NameTaken');
    expect(feed.status?.conditions?.find(({ type }) => type === 'Stalled')?.message).toBe(
      `KafkaTopic kafka/${name} exists and is not of this StreamSource: rename or remove one of the two.`,
    );
    await world.client.delete(SecretResource, 'databricks', namespace);
    await world.client.delete(StreamSources, 'sp500', namespace);
    await waitUntil(async () => (await world.feed(namespace, 'sp500')) === undefined, {
      what: 'the feed is gone',
      timeoutMs: 10_000,
    });
    const left = await world.client.get(KafkaTopics, name, KAFKA_NAMESPACE);
    expect([left?.metadata.uid, left?.metadata.labels, left?.spec]).toEqual([
      theirs.metadata.uid,
      theirs.metadata.labels,
      theirs.spec,
    ]);
  }, 60_000);

  it('shows what its pods say, and waits for no pod that says nothing', async () => {
    const { namespace, name } = await readyFeed();
    const pods = await world.runPods(namespace, name, {
      producer: {
        upstream: { healthy: false, reason: 'RateLimited', message: 'the provider asks for patience' },
        lastPoll: {
          id: 'p1',
          startedAt: '2026-11-23T10:00:00Z',
          endedAt: '2026-11-23T10:00:01Z',
          result: 'RateLimited',
          fetched: 0,
          published: 0,
        },
        published: 7,
        quota: { exhausted: true, remaining: 0, resumesAt: '2026-11-24T00:00:00Z' },
      },
      consumer: {
        landed: { records: 7, files: 1 },
        uploaded: { records: 7, files: 1, lastFile: 'a/schema-3/0-0.csv' },
      },
    });
    try {
      await world.condition(namespace, name, 'UpstreamHealthy', 'False', 'RateLimited');
      await world.condition(namespace, name, 'QuotaExhausted', 'True');
      const feed = await world.condition(namespace, name, 'Landed', 'True');
      expect(feed.status?.records).toEqual({ published: 7, landed: 7, uploaded: 7 });
      expect(feed.status?.quota).toEqual({ remaining: 0, resumesAt: '2026-11-24T00:00:00Z' });
      expect(feed.status?.lastPoll?.result).toBe('RateLimited');
      expect(feed.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
    } finally {
      await pods.stop();
    }
  }, 60_000);

  it('gets a topic back that somebody deleted, says so meanwhile, and rolls the consumer alone', async () => {
    const { namespace, name } = await readyFeed();
    const before = await world.feed(namespace, name);
    const old = {
      producer: await deployment(namespace, 'producer'),
      consumer: await deployment(namespace, 'consumer'),
    };
    const topic = `${namespace}.${name}`;
    const hold = async (finalizers: string[]): Promise<unknown> =>
      world.client.mergePatch(KafkaTopics, topic, KAFKA_NAMESPACE, { metadata: { finalizers } });
    // As Strimzi's topic operator holds what it has not removed from Kafka yet.
    await hold(['strimzi.io/topic-operator']);
    await world.client.delete(KafkaTopics, topic, KAFKA_NAMESPACE);
    const waiting = await world.condition(namespace, name, 'TopicReady', 'False', 'PreviousObjectGoing');
    const condition = (type: string) => waiting.status?.conditions?.find((each) => each.type === type);
    expect(condition('Reconciling')?.message).toBe(
      `KafkaTopic kafka/${topic} is being deleted; it is made anew once it has gone.`,
    );
    expect(condition('Ready')?.status).toBe('False');
    await hold([]);
    const after = await world.condition(namespace, name, 'Ready', 'True');
    expect(after.status?.topic?.id).not.toBe(before?.status?.topic?.id);
    const made = await world.client.get(KafkaTopics, topic, KAFKA_NAMESPACE);
    expect([made?.status?.topicId, made?.metadata.labels?.[TRACKING.uid]]).toEqual([
      after.status?.topic?.id,
      after.metadata.uid,
    ]);
    expect((await deployment(namespace, 'producer')).metadata.generation).toBe(
      old.producer.metadata.generation,
    );
    expect((await deployment(namespace, 'consumer')).metadata.generation).not.toBe(
      old.consumer.metadata.generation,
    );
    expect(await world.eventReasons(namespace)).toContain('TopicRecreated');
  }, 60_000);

  it('shows nothing of its predecessor when it is deleted and applied again while nobody looks', async () => {
    const { namespace, name } = await readyFeed();
    const first = await world.feed(namespace, name);
    const says = (uid: string | undefined, published: number) => ({
      producer: { uid, published },
      consumer: { uid, landed: { records: published, files: 1 } },
    });
    const pods = await world.runPods(namespace, name, says(first?.metadata.uid, 7));
    try {
      await waitUntil(async () => (await world.feed(namespace, name))?.status?.records?.published === 7, {
        what: 'the count of the first one',
        timeoutMs: 15_000,
      });
      // As where the operator was uninstalled in between: no finalizer holds it.
      await world.client.mergePatch(StreamSources, name, namespace, {
        metadata: { annotations: { 'tributary.dev/paused': 'true' } },
      });
      await world.client.mergePatch(StreamSources, name, namespace, { metadata: { finalizers: null } });
      await world.client.delete(StreamSources, name, namespace);
      await world.createFeed(namespace, name);
      await world.collectGarbage(namespace);
      const second = await world.condition(namespace, name, 'Ready', 'True');
      expect(second.metadata.uid).not.toBe(first?.metadata.uid);
      // The pods of the first one still answer.
      const before = pods.asked;
      await waitUntil(() => pods.asked >= before + 6, { what: 'three rounds of both', timeoutMs: 30_000 });
      const shown = (await world.feed(namespace, name))?.status;
      expect([shown?.records, shown?.lastPoll, shown?.lastFile]).toEqual([undefined, undefined, undefined]);
    } finally {
      await pods.stop();
    }
  }, 60_000);

  it('is rolled to the images of a newer operator, and nothing else of it is touched', async () => {
    const { namespace, name } = await readyFeed();
    const before = await world.versions(namespace);
    await operator?.stop();
    const images = { producer: 'tributary/producer:2', consumer: 'tributary/consumer:2' };
    operator = await world.startOperator({ images });
    for (const component of ['producer', 'consumer'] as const)
      await waitUntil(
        async () =>
          (await deployment(namespace, component)).spec?.template.spec?.containers[0]?.image ===
          images[component],
        { what: `the new image of the ${component}`, timeoutMs: 10_000 },
      );
    await world.condition(namespace, name, 'Ready', 'True');
    const after = await world.versions(namespace);
    const changed = Object.keys(after).filter((key) => after[key] !== before[key]);
    expect(changed.filter((key) => !key.startsWith('StreamSource')).toSorted()).toEqual([
      'Deployment sp500-consumer',
      'Deployment sp500-producer',
    ]);
  }, 60_000);

  it('gets a PodMonitor as soon as the Prometheus operator is installed, and does well without it when it goes', async () => {
    operator = await world.startOperator({ lookForKindsEveryMs: 200 });
    const { namespace, name } = await readyFeed();
    const monitored = () =>
      waitUntil(async () => (await world.client.get(PodMonitors, 'sp500-pods', namespace)) !== undefined, {
        what: 'a PodMonitor',
        timeoutMs: 10_000,
      });
    await world.servePodMonitors();
    await monitored();
    await world.removePodMonitors();
    const schedule = { every: '2d' };
    await world.client.mergePatch(StreamSources, name, namespace, { spec: { schedule } });
    await world.condition(namespace, name, 'Ready', 'True');
    const other = await world.namespace();
    await world.createFeed(other, 'without');
    await world.condition(other, 'without', 'Ready', 'True');
    await world.servePodMonitors();
    await monitored();
    const monitor = await world.client.get(PodMonitors, 'sp500-pods', namespace);
    expect(monitor?.metadata.ownerReferences?.[0]?.kind).toBe('StreamSource');
  }, 90_000);

  it('gets a PodMonitor where the Prometheus operator is installed', async () => {
    const { namespace } = await readyFeed();
    const monitor = await world.client.get(PodMonitors, 'sp500-pods', namespace);
    expect(monitor?.spec?.selector.matchLabels).toEqual({
      'tributary.dev/feed': 'sp500',
      'app.kubernetes.io/managed-by': 'tributary',
    });
    const before = world.writes().length;
    await operator?.stop();
    operator = await world.startOperator();
    const other = await world.namespace();
    await world.createFeed(other, 'later');
    await world.condition(other, 'later', 'Ready', 'True');
    expect(
      world
        .writes()
        .slice(before)
        .filter((write) => write.includes(`PodMonitor ${namespace}/`)),
    ).toEqual([]);
  }, 60_000);
});
