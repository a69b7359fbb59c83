import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@tributary/local/testing';
import { DeploymentResource, SecretResource } from '../kube/index.ts';
import { ALLOWED_NAMESPACES, COMPONENTS, Kafkas, KafkaTopics, KafkaUsers } from '../plan/index.ts';
import { StreamSources } from '../status/index.ts';
import { PAUSED } from './reconciler.ts';
import { createKafka, KAFKA_NAMESPACE, makeReady } from './testing/test-kafka.ts';
import { feedSpec, startWorld, type RunningOperator, type World } from './testing/world.ts';

let world: World;
let operator: RunningOperator | undefined;
/** Of the feed, which is on a Kafka of its namespace's own name. */
let namespace: string;

beforeAll(async () => {
  world = await startWorld();
}, 900_000);

beforeEach(async () => {
  operator = await world.startOperator();
  namespace = await world.namespace();
  await makeReady(world.client, await createKafka(world.client, namespace, `elsewhere, ${namespace}`));
  await world.createFeed(namespace, 'sp500', onKafka());
  await world.condition(namespace, 'sp500', 'Ready', 'True');
}, 60_000);

afterEach(async () => {
  await operator?.stop();
  operator = undefined;
});

afterAll(async () => {
  await world?.stop();
}, 60_000);

const admit = (namespaces: string): Promise<unknown> =>
  world.client.mergePatch(Kafkas, namespace, KAFKA_NAMESPACE, {
    metadata: { annotations: { [ALLOWED_NAMESPACES]: namespaces } },
  });

const onKafka = (): object =>
  feedSpec({
    kafka: { strimzi: { cluster: namespace, namespace: KAFKA_NAMESPACE }, topic: { replicas: 1 } },
  });

const users = (feed = `${namespace}.sp500`): Promise<unknown[]> =>
  Promise.all(
    COMPONENTS.map((component) => world.client.get(KafkaUsers, `${feed}.${component}`, KAFKA_NAMESPACE)),
  );

const replicas = (): Promise<unknown[]> =>
  Promise.all(
    COMPONENTS.map(
      async (component) =>
        (await world.client.get(DeploymentResource, `sp500-${component}`, namespace))?.spec?.replicas,
    ),
  );

const reasons = (feed: Awaited<ReturnType<World['condition']>>): string[] =>
  (feed.status?.conditions ?? []).map(({ type, reason }) => `${type}: ${reason}`);

/** What there is once the feed says that it is not admitted. */
const afterRefusal = async (): Promise<object> => {
  await world.condition(namespace, 'sp500', 'Stalled', 'True', 'KafkaNotAllowed');
  const feed = await world.condition(namespace, 'sp500', 'UserReady', 'False', 'Withdrawn');
  const available = reasons(feed).filter((each) => /^\w+Available: /.test(each));
  return { users: await users(), replicas: await replicas(), available };
};
const WITHDRAWN = {
  users: [undefined, undefined],
  replicas: [0, 0],
  available: ['ProducerAvailable: Halted', 'ConsumerAvailable: Halted'],
};

describe('a feed whose Kafka does not admit its namespace any more', () => {
  it('stalls without its users and pods, keeps its topics, and comes back with new passwords when it is admitted', async () => {
    const elsewhere = await world.namespace();
    await admit(`${elsewhere}, ${namespace}`);
    await world.createFeed(elsewhere, 'sp500', onKafka());
    await world.condition(elsewhere, 'sp500', 'Ready', 'True');
    const before = await world.feed(namespace, 'sp500');
    const rolledBefore = await world.checksums(namespace, 'sp500');

    await admit(elsewhere);
    expect(await afterRefusal()).toEqual(WITHDRAWN);
    const kept = await world.client.get(KafkaTopics, `${namespace}.sp500`, KAFKA_NAMESPACE);
    expect(kept?.status?.topicId).toBe(before?.status?.topic?.id);
    await world.condition(elsewhere, 'sp500', 'Ready', 'True');
    expect(await users(`${elsewhere}.sp500`)).not.toContain(undefined);

    await admit(namespace);
    const again = await world.condition(namespace, 'sp500', 'Ready', 'True');
    expect(again.status?.topic?.id).toBe(before?.status?.topic?.id);
    expect(await users()).not.toContain(undefined);
    expect(await replicas()).toEqual([1, 1]);
    for (const [index, checksum] of (await world.checksums(namespace, 'sp500')).entries())
      expect(checksum).not.toBe(rolledBefore[index]);
  }, 60_000);

  it('loses its users also while it is stalled for something else', async () => {
    await world.client.delete(SecretResource, 'api', namespace);
    await world.condition(namespace, 'sp500', 'Stalled', 'True', 'SecretNotFound');
    await admit('elsewhere');
    expect(await afterRefusal()).toEqual(WITHDRAWN);
  }, 60_000);

  it('loses its users also while it is paused', async () => {
    const metadata = { annotations: { [PAUSED]: 'true' } };
    await world.client.mergePatch(StreamSources, 'sp500', namespace, { metadata });
    // The pause has been seen when a feed that came later is done.
    await world.createFeed(namespace, 'later', onKafka());
    await world.condition(namespace, 'later', 'Ready', 'True');
    await admit('elsewhere');
    expect(await afterRefusal()).toEqual(WITHDRAWN);
  }, 60_000);

  it('says that its users are removed, whoever removed them', async () => {
    await operator?.stop();
    for (const component of COMPONENTS)
      await world.client.delete(KafkaUsers, `${namespace}.sp500.${component}`, KAFKA_NAMESPACE);
    await admit('elsewhere');
    operator = await world.startOperator();
    expect(await afterRefusal()).toEqual(WITHDRAWN);
  }, 60_000);
});

describe('a feed that the chart admits', () => {
  it('keeps its users whatever the Kafka says, and stalls once neither admits it', async () => {
    await operator?.stop();
    await admit('elsewhere');
    const before = await users();
    operator = await world.startOperator({
      kafkaAdmission: { [`${KAFKA_NAMESPACE}/${namespace}`]: [namespace] },
    });
    await world.createFeed(namespace, 'later', onKafka());
    await world.condition(namespace, 'later', 'Ready', 'True');
    await world.condition(namespace, 'sp500', 'Ready', 'True');
    expect(await users()).toEqual(before);
    await operator.stop();
    operator = await world.startOperator();
    expect(await afterRefusal()).toEqual(WITHDRAWN);
  }, 60_000);
});

describe('a feed whose pods run on while it is stalled', () => {
  it('shows how they stand', async () => {
    await world.client.delete(SecretResource, 'api', namespace);
    await world.condition(namespace, 'sp500', 'Stalled', 'True', 'SecretNotFound');
    await world.condition(namespace, 'sp500', 'ConsumerAvailable', 'True', 'Available');
    const consumer = await world.client.get(DeploymentResource, 'sp500-consumer', namespace);
    if (consumer === undefined) throw new Error('the consumer is gone');
    const status = { ...consumer.status, readyReplicas: 0, availableReplicas: 0 };
    await world.client.update(DeploymentResource, { ...consumer, status }, { subresource: 'status' });
    const feed = await world.condition(namespace, 'sp500', 'ConsumerAvailable', 'False', 'Unavailable');
    expect(reasons(feed)).toContain('Stalled: SecretNotFound');
    await waitUntil(async () => (await replicas()).every((count) => count === 1), {
      what: 'both are asked for as before',
      timeoutMs: 1_000,
    });
  }, 60_000);
});
