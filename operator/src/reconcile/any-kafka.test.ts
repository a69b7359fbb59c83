/** Feeds on a real Kafka that Strimzi does not run, with TLS, SCRAM and ACLs. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestBroker, waitUntil, type TestBroker } from '@tributary/local/testing';
import { Kafka as Kafkajs, type Admin } from 'kafkajs';
import { consumerConfig } from '@tributary/api';
import { ConfigMapResource, SecretResource } from '../kube/index.ts';
import { StreamSources } from '../status/index.ts';
import { feedSpec, startWorld, type World } from './testing/world.ts';

let world: World;
let broker: TestBroker;
let admin: Admin;
let user: { username: string; password: string };

beforeAll(async () => {
  broker = await startTestBroker();
  user = await broker.createUser('feeds');
  admin = new Kafkajs({ ...broker.kafkaConfig(), logLevel: 0 }).admin();
  await admin.connect();
  world = await startWorld();
  await world.startOperator({ deletionPatienceMs: 3_000, checkKafkaEveryMs: 1_000 });
}, 900_000);

afterAll(async () => {
  await admin?.disconnect();
  await world?.stop();
  await broker?.stop();
}, 60_000);

const ref = (key: string) => ({ secretKeyRef: { name: 'kafka', key } });

const onBroker = (change: object = {}, more: object = {}): object =>
  feedSpec({
    kafka: {
      bootstrapServers: broker.bootstrapServers,
      tls: { caFrom: ref('ca') },
      sasl: { username: user.username, passwordFrom: ref('password') },
      admin: { username: broker.adminUser.username, passwordFrom: ref('admin') },
      topic: { partitions: 2, replicas: 1 },
      ...change,
    },
    ...more,
  });

const newNamespace = async (password = user.password): Promise<string> => {
  const namespace = await world.namespace();
  await world.client.create(SecretResource, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'kafka', namespace },
    stringData: { ca: broker.caPem, password, admin: broker.adminUser.password },
  });
  return namespace;
};

const aclsOf = async (topic: string): Promise<number> => {
  const { resources } = await admin.describeAcls({
    resourceType: 2,
    resourceName: topic,
    resourcePatternType: 3,
    operation: 1,
    permissionType: 1,
  });
  return resources.flatMap(({ acls }) => acls).length;
};

describe('a feed on any Kafka', () => {
  it('gets topics and rights made by the administrator that it names, and its pods their login', async () => {
    const namespace = await newNamespace();
    await world.createFeed(namespace, 'sp500', onBroker());
    const feed = await world.condition(namespace, 'sp500', 'Ready', 'True');
    const names = [`${namespace}.sp500`, `${namespace}.sp500.state`, `${namespace}.sp500.dlq`];
    expect(await admin.listTopics()).toEqual(expect.arrayContaining(names));
    expect(feed.status?.topic).toEqual({ name: names[0], id: expect.any(String), partitions: 2 });
    expect(await aclsOf(names[0] ?? '')).toBeGreaterThanOrEqual(3);
    const map = await world.client.get(ConfigMapResource, 'sp500-consumer', namespace);
    const config = consumerConfig().parse(JSON.parse(map?.data?.['config.json'] ?? ''));
    expect(config.kafka).toMatchObject({
      tls: 'ca.crt',
      topicId: feed.status?.topic?.id,
      sasl: { mechanism: 'scram-sha-512', username: 'feeds' },
    });
    const mirrored = await world.client.get(SecretResource, 'sp500-producer', namespace);
    expect(Buffer.from(mirrored?.data?.['password'] ?? '', 'base64').toString()).toBe(user.password);
    expect(Buffer.from(mirrored?.data?.['ca.crt'] ?? '', 'base64').toString()).toBe(broker.caPem);

    await world.client.mergePatch(StreamSources, 'sp500', namespace, {
      spec: { kafka: { topic: { partitions: 4 } } },
    });
    await waitUntil(async () => (await world.feed(namespace, 'sp500'))?.status?.topic?.partitions === 4, {
      what: 'four partitions',
      timeoutMs: 20_000,
    });
  }, 90_000);

  it('is told which topics are missing where nobody may make them', async () => {
    const namespace = await newNamespace();
    await world.createFeed(namespace, 'sp500', onBroker({ admin: undefined }));
    const full = `${namespace}.sp500`;
    expect(await world.stalled(namespace, 'sp500', 'TopicMissing')).toBe(
      `spec.kafka: these topics are missing, or the user may not describe them: ${full} (2 partitions), ${full}.state (1 partition, cleanup.policy=compact), ${full}.dlq (1 partition). Create them, or name a user who may in spec.kafka.admin`,
    );
  }, 60_000);

  it('gets a topic back that somebody deleted, and tells that it is another one', async () => {
    const namespace = await newNamespace();
    await world.createFeed(namespace, 'sp500', onBroker());
    const before = await world.condition(namespace, 'sp500', 'Ready', 'True');
    await admin.deleteTopics({ topics: [`${namespace}.sp500`] });
    await waitUntil(
      async () => {
        const { topic } = (await world.feed(namespace, 'sp500'))?.status ?? {};
        return topic?.id !== undefined && topic.id !== before.status?.topic?.id;
      },
      { what: 'another topic id', timeoutMs: 20_000 },
    );
    await world.condition(namespace, 'sp500', 'Ready', 'True');
    const events = await world.eventReasons(namespace);
    expect(events).toContain('TopicRecreated');
  }, 60_000);

  it('is told when a topic that nobody here may make has gone', async () => {
    const namespace = await newNamespace();
    await world.createFeed(namespace, 'sp500', onBroker());
    await world.condition(namespace, 'sp500', 'Ready', 'True');
    await world.client.mergePatch(StreamSources, 'sp500', namespace, { spec: { kafka: { admin: null } } });
    await admin.deleteTopics({ topics: [`${namespace}.sp500.dlq`] });
    expect(await world.stalled(namespace, 'sp500', 'TopicMissing')).toContain(
      `${namespace}.sp500.dlq (1 partition). Create them, or name a user who may in spec.kafka.admin`,
    );
  }, 60_000);

  it('stalls for a wrong password, and goes on when it is corrected', async () => {
    const namespace = await newNamespace('wrong');
    await world.createFeed(namespace, 'sp500', onBroker());
    expect(await world.stalled(namespace, 'sp500', 'KafkaAuthFailed')).toMatch(/^spec\.kafka: /);
    await world.client.mergePatch(SecretResource, 'kafka', namespace, {
      stringData: { password: user.password },
    });
    await world.condition(namespace, 'sp500', 'Ready', 'True');
    const before = await world.checksums(namespace, 'sp500');
    await world.client.mergePatch(SecretResource, 'kafka', namespace, {
      stringData: { unrelated: 'key' },
    });
    await world.client.mergePatch(SecretResource, 'kafka', namespace, {
      stringData: { admin: 'no longer right' },
    });
    await world.stalled(namespace, 'sp500', 'KafkaAuthFailed');
    expect(await world.checksums(namespace, 'sp500')).toEqual(before);
  }, 90_000);

  it('waits while Kafka is away, and is deleted all the same', async () => {
    const namespace = await newNamespace();
    await world.createFeed(namespace, 'sp500', onBroker({ bootstrapServers: '127.0.0.1:9' }));
    await world.condition(namespace, 'sp500', 'Reconciling', 'True', 'KafkaUnavailable');
    await world.client.delete(StreamSources, 'sp500', namespace);
    await waitUntil(async () => (await world.feed(namespace, 'sp500')) === undefined, {
      what: 'the feed is gone',
      timeoutMs: 30_000,
    });
    expect(await world.feed(namespace, 'sp500')).toBeUndefined();
  }, 90_000);

  it('takes rights back when it is deleted, and its topics where the policy says so', async () => {
    const namespace = await newNamespace();
    const deletionPolicy = { topic: 'Delete', files: 'Retain', jobs: 'Delete' };
    const databricks = undefined;
    const storage = { size: '1Gi' };
    await world.createFeed(namespace, 'sp500', onBroker({}, { deletionPolicy, databricks, storage }));
    await world.condition(namespace, 'sp500', 'Ready', 'True');
    await world.client.delete(StreamSources, 'sp500', namespace);
    await waitUntil(async () => (await world.feed(namespace, 'sp500')) === undefined, {
      what: 'the feed is gone',
      timeoutMs: 20_000,
    });
    const left = (await admin.listTopics()).filter((name) => name.startsWith(`${namespace}.`));
    expect(left).toEqual([]);
    expect(await aclsOf(`${namespace}.sp500`)).toBe(0);
  }, 90_000);
});
