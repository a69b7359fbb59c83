/** The stand-in between a real API server with Strimzi's own CRDs and a real broker. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka as KafkaClient } from 'kafkajs';
import {
  connectKube,
  CustomResourceDefinitionResource,
  type CustomResourceDefinition,
  type KubeClient,
  NamespaceResource,
  SecretResource,
} from '@tributary/operator/kube';
import { parse } from 'yaml';
import { withAdmin } from '../broker/admin-client.ts';
import { startTestBroker, type TestBroker } from '../broker/test-broker.ts';
import { startTestApiServer, type TestApiServer } from '../control-plane/test-api-server.ts';
import { waitUntil } from '../processes/wait-until.ts';
import { ensureToolchain } from '../toolchain/index.ts';
import { startStrimzi, type Strimzi } from './index.ts';
import {
  type Condition,
  KafkaResource,
  type KafkaTopic,
  KafkaTopicResource,
  type KafkaUser,
  KafkaUserResource,
} from './resources.ts';

const NAMESPACE = 'kafka';
const API_VERSION = 'kafka.strimzi.io/v1';
const labels = { 'strimzi.io/cluster': 'plant' };

let api: TestApiServer;
let broker: TestBroker;
let kube: KubeClient;
let strimzi: Strimzi;

beforeAll(async () => {
  const { strimziCrds } = await ensureToolchain(['strimzi-crds']);
  [api, broker] = await Promise.all([startTestApiServer(), startTestBroker()]);
  kube = connectKube({ kubeconfigPath: api.kubeconfigPath, userAgent: 'tributary-test' });
  for (const file of readdirSync(strimziCrds)) {
    const crd = parse(readFileSync(join(strimziCrds, file), 'utf8')) as CustomResourceDefinition;
    await kube.apply(CustomResourceDefinitionResource, crd, { fieldManager: 'test' });
    await waitUntil(
      async () => {
        const found = await kube.get(CustomResourceDefinitionResource, crd.metadata.name);
        return found?.status?.conditions?.some(
          ({ type, status }) => type === 'Established' && status === 'True',
        );
      },
      { what: crd.metadata.name, timeoutMs: 30_000 },
    );
  }
  await kube.create(NamespaceResource, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: NAMESPACE },
  });
  strimzi = startStrimzi({ kube, broker, namespace: NAMESPACE, resyncMs: 1_000 });
  await kube.create(KafkaResource, {
    apiVersion: API_VERSION,
    kind: 'Kafka',
    metadata: { name: 'plant', namespace: NAMESPACE },
    spec: {
      kafka: {
        listeners: [
          { name: 'tls', port: 9093, type: 'internal', tls: true, authentication: { type: 'scram-sha-512' } },
          { name: 'plain', port: 9092, type: 'internal', tls: false },
        ],
      },
    },
  });
}, 900_000);

afterAll(async () => {
  await strimzi?.stop();
  await kube?.close();
  await Promise.all([api?.stop(), broker?.stop()]);
}, 60_000);

function condition(
  object: { status?: { conditions?: Condition[] } } | undefined,
  type = 'Ready',
): Condition | undefined {
  return object?.status?.conditions?.find((each) => each.type === type);
}

const get = {
  topic: (name: string) => kube.get(KafkaTopicResource, name, NAMESPACE),
  user: (name: string) => kube.get(KafkaUserResource, name, NAMESPACE),
};

function settled<
  T extends {
    metadata: { generation?: number };
    status?: { observedGeneration?: number; conditions?: Condition[] };
  },
>(
  what: string,
  read: () => Promise<T | undefined>,
  accept: (object: T) => boolean = (object) => condition(object) !== undefined,
): Promise<T> {
  return waitUntil(
    async () => {
      const object = await read();
      return object !== undefined &&
        object.status?.observedGeneration === object.metadata.generation &&
        accept(object)
        ? object
        : undefined;
    },
    { what, timeoutMs: 20_000 },
  );
}

function createTopic(name: string, spec: KafkaTopic['spec'] & object): Promise<KafkaTopic> {
  return kube.create<KafkaTopic>(KafkaTopicResource, {
    apiVersion: API_VERSION,
    kind: 'KafkaTopic',
    metadata: { name, namespace: NAMESPACE, labels },
    spec,
  });
}

function createUser(
  name: string,
  acls: NonNullable<NonNullable<KafkaUser['spec']>['authorization']>['acls'],
): Promise<KafkaUser> {
  return kube.create<KafkaUser>(KafkaUserResource, {
    apiVersion: API_VERSION,
    kind: 'KafkaUser',
    metadata: { name, namespace: NAMESPACE, labels },
    spec: { authentication: { type: 'scram-sha-512' }, authorization: { type: 'simple', acls } },
  });
}

async function passwordOf(name: string): Promise<string> {
  const secret = await waitUntil(() => kube.get(SecretResource, name, NAMESPACE), {
    what: `the Secret ${name}`,
    timeoutMs: 20_000,
  });
  return Buffer.from(secret.data?.['password'] ?? '', 'base64').toString();
}

async function send(username: string, password: string, topic: string): Promise<void> {
  const producer = new KafkaClient(broker.kafkaConfig({ username, password })).producer();
  try {
    await producer.connect();
    await producer.send({ topic, messages: [{ value: 'hello' }] });
  } finally {
    await producer.disconnect();
  }
}

const write = (name: string, patternType: 'literal' | 'prefix' = 'literal') => ({
  resource: { type: 'topic' as const, name, patternType },
  operations: ['Write', 'Describe'],
});

describe('a Kafka', () => {
  it('gets the listeners of the broker, its cluster id and the certificate of its authority', async () => {
    const kafka = await settled('the Kafka', () => kube.get(KafkaResource, 'plant', NAMESPACE));
    expect(condition(kafka)).toMatchObject({ status: 'True' });
    expect(condition(kafka, 'Warning')?.message).toContain('plain');
    expect(kafka.status?.listeners).toEqual([
      expect.objectContaining({
        name: 'tls',
        bootstrapServers: broker.bootstrapServers,
        certificates: [broker.caPem],
      }),
    ]);
    expect(kafka.status?.clusterId).toBe(broker.clusterId);
    const secret = await kube.get(SecretResource, 'plant-cluster-ca-cert', NAMESPACE);
    expect(Buffer.from(secret?.data?.['ca.crt'] ?? '', 'base64').toString()).toBe(broker.caPem);
  }, 30_000);
});

describe('a KafkaTopic', () => {
  it('is made on the broker, grows, is configured anew, and goes with its resource', async () => {
    await createTopic('markets.ibm', {
      partitions: 1,
      replicas: 1,
      config: { 'retention.ms': 60000, 'cleanup.policy': 'delete' },
    });
    const made = await settled('the topic', () => get.topic('markets.ibm'));
    expect(condition(made)).toMatchObject({ status: 'True' });
    expect(made.status?.topicName).toBe('markets.ibm');
    expect(made.status?.topicId).toMatch(/^[\w-]{22}$/);
    expect(made.metadata.finalizers).toContain('strimzi.io/topic-operator');

    await kube.mergePatch(KafkaTopicResource, 'markets.ibm', NAMESPACE, {
      spec: { partitions: 3, config: { 'retention.ms': 120000, 'cleanup.policy': null } },
    });
    const grown = await settled('the change', () => get.topic('markets.ibm'));
    expect(grown.status?.topicId).toBe(made.status?.topicId);
    const { topics } = await withAdmin(broker.kafkaConfig(), (admin) =>
      admin.fetchTopicMetadata({ topics: ['markets.ibm'] }),
    );
    expect(topics[0]?.partitions).toHaveLength(3);
    const configs = await withAdmin(broker.kafkaConfig(), (admin) =>
      admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: 2, name: 'markets.ibm', configNames: ['retention.ms'] }],
      }),
    );
    expect(configs.resources[0]?.configEntries[0]?.configValue).toBe('120000');

    await kube.delete(KafkaTopicResource, 'markets.ibm', NAMESPACE);
    await waitUntil(async () => (await get.topic('markets.ibm')) === undefined, {
      what: 'the deletion',
      timeoutMs: 20_000,
    });
    expect(await withAdmin(broker.kafkaConfig(), (admin) => admin.listTopics())).not.toContain('markets.ibm');
  }, 60_000);

  it('refuses fewer partitions, another name and other replicas as Strimzi does, and is Ready once that is taken back', async () => {
    await createTopic('fixed', { partitions: 2, replicas: 1 });
    await settled(
      'the topic',
      () => get.topic('fixed'),
      (topic) => condition(topic)?.status === 'True',
    );
    const refusal = async (spec: object) => {
      await kube.mergePatch(KafkaTopicResource, 'fixed', NAMESPACE, { spec });
      return condition(await settled('the refusal', () => get.topic('fixed')));
    };
    expect(await refusal({ partitions: 1 })).toMatchObject({
      status: 'False',
      reason: 'NotSupported',
      message: 'Decreasing partitions not supported',
    });
    expect(await refusal({ partitions: 2, topicName: 'other' })).toMatchObject({
      reason: 'NotSupported',
      message: 'Changing spec.topicName is not supported',
    });
    expect(await refusal({ topicName: null, replicas: 2 })).toMatchObject({ reason: 'NotSupported' });
    expect(await refusal({ replicas: 1 })).toMatchObject({ status: 'True' });
  }, 60_000);

  it('says what the broker has against it', async () => {
    await createTopic('wide', { partitions: 1, replicas: 3 });
    const topic = await settled('the refusal', () => get.topic('wide'));
    expect(condition(topic)).toMatchObject({ status: 'False', reason: 'KafkaError' });
    expect(condition(topic)?.message).toContain('INVALID_REPLICATION_FACTOR');
    await kube.delete(KafkaTopicResource, 'wide', NAMESPACE);
  }, 30_000);

  it('comes back with another id when the topic is deleted behind its back', async () => {
    const before = await settled('the topic', () => get.topic('fixed'));
    await withAdmin(broker.kafkaConfig(), (admin) => admin.deleteTopics({ topics: ['fixed'] }));
    const after = await settled(
      'the new topic',
      () => get.topic('fixed'),
      ({ status }) => status?.topicId !== undefined && status.topicId !== before.status?.topicId,
    );
    expect(condition(after)).toMatchObject({ status: 'True' });
  }, 30_000);
});

describe('a KafkaUser', () => {
  it('may do what its ACLs say, nothing else, and nothing more once they are withdrawn', async () => {
    for (const name of ['open', 'other', 'feeds.a']) await createTopic(name, { partitions: 1, replicas: 1 });
    for (const name of ['open', 'other', 'feeds.a']) await settled(name, () => get.topic(name));
    await createUser('writer', [write('open')]);
    const user = await settled('the user', () => get.user('writer'));
    expect(user.status).toMatchObject({
      username: 'writer',
      secret: 'writer',
      conditions: [{ type: 'Ready', status: 'True' }],
    });
    const password = await passwordOf('writer');
    await send('writer', password, 'open');
    await expect(send('writer', password, 'other')).rejects.toThrow(/not authorized/i);

    const acls = [write('feeds.', 'prefix')];
    await kube.mergePatch(KafkaUserResource, 'writer', NAMESPACE, {
      spec: { authorization: { type: 'simple', acls } },
    });
    await settled('the change', () => get.user('writer'));
    await send('writer', password, 'feeds.a');
    await expect(send('writer', password, 'open')).rejects.toThrow(/not authorized/i);
  }, 60_000);

  it('has a Secret as Strimzi makes it, and a new password once that is deleted', async () => {
    await createUser('rotating', [write('open')]);
    await settled('the user', () => get.user('rotating'));
    const secret = await kube.get(SecretResource, 'rotating', NAMESPACE);
    const old = await passwordOf('rotating');
    expect(secret?.metadata.labels).toMatchObject({
      'strimzi.io/cluster': 'plant',
      'strimzi.io/kind': 'KafkaUser',
    });
    expect(Buffer.from(secret?.data?.['sasl.jaas.config'] ?? '', 'base64').toString()).toContain(
      `password="${old}"`,
    );
    await send('rotating', old, 'open');

    await kube.delete(SecretResource, 'rotating', NAMESPACE);
    const password = await passwordOf('rotating');
    expect(password).not.toBe(old);
    await send('rotating', password, 'open');
    await expect(send('rotating', old, 'open')).rejects.toThrow(/authentication/i);
  }, 60_000);

  it('takes the password of a Secret that it names', async () => {
    await kube.create(SecretResource, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'chosen', namespace: NAMESPACE },
      data: { pass: Buffer.from('correct-horse').toString('base64') },
    });
    const made = await createUser('choosy', [write('open')]);
    await kube.mergePatch(KafkaUserResource, 'choosy', NAMESPACE, {
      spec: {
        ...made.spec,
        authentication: {
          type: 'scram-sha-512',
          password: { valueFrom: { secretKeyRef: { name: 'chosen', key: 'pass' } } },
        },
      },
    });
    await waitUntil(async () => (await passwordOf('choosy')) === 'correct-horse', {
      what: 'the chosen password',
      timeoutMs: 20_000,
    });
    await expect(send('choosy', 'correct-horse', 'open')).resolves.toBeUndefined();
  }, 60_000);

  it('leaves nothing behind when it goes, nor when it went while nobody watched', async () => {
    const password = await passwordOf('writer');
    await kube.delete(KafkaUserResource, 'writer', NAMESPACE);
    const isOut = (name: string, word: string) =>
      waitUntil(
        async () => (await send(name, word, 'open').then(() => '', String)).match(/authentication/i) !== null,
        { what: `${name} to be gone`, timeoutMs: 20_000 },
      );
    await isOut('writer', password);
    await waitUntil(async () => (await kube.get(SecretResource, 'writer', NAMESPACE)) === undefined, {
      what: 'the Secret to go',
      timeoutMs: 20_000,
    });
    const other = await passwordOf('rotating');
    await strimzi.stop();
    await kube.delete(KafkaUserResource, 'rotating', NAMESPACE);
    strimzi = startStrimzi({ kube, broker, namespace: NAMESPACE, resyncMs: 1_000 });
    await isOut('rotating', other);
    const { resources } = await withAdmin(broker.kafkaConfig(), (admin) =>
      admin.describeAcls({ resourceType: 1, resourcePatternType: 1, operation: 1, permissionType: 1 }),
    );
    const principals = resources.flatMap(({ acls }) => acls.map(({ principal }) => principal));
    expect(principals).not.toContain('User:writer');
    expect(principals).not.toContain('User:rotating');
  }, 60_000);
});
