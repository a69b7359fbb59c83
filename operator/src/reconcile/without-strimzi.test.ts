import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { waitUntil } from '@tributary/local/testing';
import { KAFKA_NAMESPACE, startWorld, type RunningOperator, type World } from './testing/world.ts';

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
