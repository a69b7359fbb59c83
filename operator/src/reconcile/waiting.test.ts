import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@tributary/local/testing';
import { EventResource, SecretResource } from '../kube/index.ts';
import { StreamSources } from '../status/index.ts';
import { createKafka, KAFKA_NAMESPACE, makeReady } from './testing/test-kafka.ts';
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

/** Of the events that tell how Ready has changed, in no order. */
const readyReasons = async (namespace: string): Promise<string[]> => {
  const events = (await world.client.list(EventResource, { namespace })).items;
  return events
    .filter(({ action }) => action === 'Ready')
    .map(({ reason }) => reason ?? '')
    .toSorted();
};

const onKafka = (cluster: string, namespace = KAFKA_NAMESPACE): object =>
  feedSpec({ kafka: { strimzi: { cluster, namespace }, topic: { replicas: 1 } } });

describe('a feed that cannot be made yet', () => {
  it('waits for a Kafka that is not there, then for its Ready, and goes on by itself', async () => {
    operator = await world.startOperator();
    const namespace = await world.namespace();
    await world.createFeed(namespace, 'sp500', onKafka('late'));
    await world.condition(namespace, 'sp500', 'Reconciling', 'True', 'KafkaNotFound');
    const late = await createKafka(world.client, 'late', '*');
    await world.condition(namespace, 'sp500', 'Reconciling', 'True', 'KafkaNotReady');
    await makeReady(world.client, late);
    const ready = await world.condition(namespace, 'sp500', 'Ready', 'True');
    expect(ready.status?.conditions?.some(({ type }) => type === 'Reconciling')).toBe(false);
    await waitUntil(async () => (await readyReasons(namespace)).includes('Available'), {
      what: 'the event that it is Ready',
      timeoutMs: 5_000,
    });
    // Once each, however often it was looked at meanwhile.
    expect(await readyReasons(namespace)).toEqual(['Available', 'KafkaNotFound', 'KafkaNotReady']);
  }, 60_000);

  it('stalls for a Secret that is not there, and goes on when somebody makes it', async () => {
    operator = await world.startOperator();
    const namespace = await world.namespace();
    await world.client.delete(SecretResource, 'api', namespace);
    await world.createFeed(namespace, 'sp500');
    expect(await world.stalled(namespace, 'sp500', 'SecretNotFound')).toBe(
      `spec.source: Secret api does not exist in ${namespace}: create it with key key`,
    );
    await world.client.create(SecretResource, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'api', namespace },
      stringData: { key: 'late-key' },
    });
    const ready = await world.condition(namespace, 'sp500', 'Ready', 'True');
    expect(ready.status?.conditions?.some(({ type }) => type === 'Stalled')).toBe(false);
  }, 60_000);

  it('stalls where the Kafka does not admit its namespace', async () => {
    operator = await world.startOperator();
    await makeReady(world.client, await createKafka(world.client, 'private'));
    const namespace = await world.namespace();
    await world.createFeed(namespace, 'sp500', onKafka('private'));
    const feed = await world.condition(namespace, 'sp500', 'Stalled', 'True', 'KafkaNotAllowed');
    expect(feed.status?.topic).toBeUndefined();
  }, 60_000);

  it('stalls for a spec that only the operator can find fault with, until it is mended', async () => {
    operator = await world.startOperator();
    const namespace = await world.namespace();
    await world.createFeed(
      namespace,
      'sp500',
      feedSpec({ schedule: { cron: '0 6 * * *', timeZone: 'Mars/Base' } }),
    );
    expect(await world.stalled(namespace, 'sp500', 'InvalidSpec')).toMatch(/^spec\.schedule\.timeZone: /);
    const schedule = { cron: '0 6 * * *', timeZone: 'Europe/Paris' };
    await world.client.mergePatch(StreamSources, 'sp500', namespace, { spec: { schedule } });
    await world.condition(namespace, 'sp500', 'Ready', 'True');
  }, 60_000);

  it('stalls for an object that the API server refuses, and quotes it', async () => {
    operator = await world.startOperator();
    const namespace = await world.namespace();
    const producer = { resources: { requests: { cpu: '2' }, limits: { cpu: '1' } } };
    await world.createFeed(namespace, 'sp500', feedSpec({ pods: { producer } }));
    const message = await world.stalled(namespace, 'sp500', 'ObjectRefused');
    expect(message).toMatch(
      new RegExp(
        `^The API server refuses Deployment ${namespace}/sp500-producer: .*less than or equal to cpu limit`,
      ),
    );
  }, 60_000);

  it('stalls for another class of a volume that exists, and goes on with the one it has', async () => {
    operator = await world.startOperator();
    const namespace = await world.namespace();
    await world.createFeed(namespace, 'sp500', feedSpec({ storage: { size: '1Gi' } }));
    await world.condition(namespace, 'sp500', 'Ready', 'True');
    const change = async (storageClassName: string | null): Promise<unknown> =>
      world.client.mergePatch(StreamSources, 'sp500', namespace, { spec: { storage: { storageClassName } } });
    await change('fast');
    expect(await world.stalled(namespace, 'sp500', 'StorageClassCannotChange')).toBe(
      'spec.storage.storageClassName: the volume exists in class default; delete PersistentVolumeClaim sp500-consumer first if it may be lost',
    );
    await change(null);
    await world.condition(namespace, 'sp500', 'Ready', 'True');
  }, 60_000);

  it('waits for topics and users that Strimzi has not made yet', async () => {
    operator = await world.startOperator();
    world.played.frozen = true;
    try {
      const namespace = await world.namespace();
      await world.createFeed(namespace, 'sp500');
      const feed = await world.condition(namespace, 'sp500', 'Reconciling', 'True', 'TopicNotReady');
      const parts = feed.status?.conditions?.filter(
        ({ type }) => type === 'TopicReady' || type === 'UserReady',
      );
      expect(parts?.map(({ status }) => status)).toEqual(['False', 'False']);
      world.played.frozen = false;
      await world.condition(namespace, 'sp500', 'Ready', 'True');
      await waitUntil(async () => (await readyReasons(namespace)).length > 0, {
        what: 'an event',
        timeoutMs: 5_000,
      });
      // The way there is no news; arriving is.
      expect(await readyReasons(namespace)).toEqual(['Available']);
    } finally {
      world.played.frozen = false;
    }
  }, 60_000);
});

describe('an operator whose API server is restarted', () => {
  it('goes on where it was, writes nothing for it, and sees what is changed afterwards', async () => {
    operator = await world.startOperator();
    const namespace = await world.namespace();
    await world.createFeed(namespace, 'sp500');
    await world.condition(namespace, 'sp500', 'Ready', 'True');
    await world.condition(namespace, 'sp500', 'AnalysisScheduled', 'False', 'Unreachable');
    const before = await world.versions(namespace);
    await world.apiServer.restart();
    expect(await world.versions(namespace)).toEqual(before);
    await world.client.mergePatch(StreamSources, 'sp500', namespace, { spec: { suspend: true } });
    await world.condition(namespace, 'sp500', 'Ready', 'True', 'Suspended');
  }, 120_000);
});

describe('an operator of listed namespaces', () => {
  it('makes feeds there, with a Kafka of a listed namespace, and looks nowhere else', async () => {
    const [mine, other] = [await world.namespace(), await world.namespace()];
    operator = await world.startOperator({ namespaces: [mine], kafkaNamespaces: [KAFKA_NAMESPACE] });
    await world.createFeed(other, 'sp500');
    await world.createFeed(mine, 'sp500');
    await world.condition(mine, 'sp500', 'Ready', 'True');
    await world.createFeed(mine, 'elsewhere', onKafka('plant', other));
    await world.condition(mine, 'elsewhere', 'Stalled', 'True', 'KafkaNamespaceNotWatched');
    expect((await world.feed(other, 'sp500'))?.status).toEqual({ observedGeneration: -1 });
  }, 60_000);
});

describe('an operator where Strimzi is not installed', () => {
  it('lets feeds wait, says what it cannot read, and makes them once Strimzi is there', async () => {
    await world.removeStrimzi();
    operator = await world.startOperator();
    const namespace = await world.namespace();
    await world.createFeed(namespace, 'sp500');
    const feed = await world.condition(namespace, 'sp500', 'Reconciling', 'True', 'KafkaNotReadable');
    expect(feed.status?.conditions?.find(({ type }) => type === 'Reconciling')?.message).toBe(
      `The Kafka resources in namespace ${KAFKA_NAMESPACE} cannot be read: is Strimzi installed, and may the operator read there?`,
    );
    await world.installStrimzi();
    // The kinds are listed one after the other: none may cost the feed a wait of its own.
    await waitUntil(
      async () => {
        const { conditions = [] } = (await world.feed(namespace, 'sp500'))?.status ?? {};
        return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
      },
      { what: 'the feed is Ready', timeoutMs: 45_000 },
    );
  }, 120_000);
});
