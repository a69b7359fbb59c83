import { createHook } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestBroker, type TestBroker } from '@tributary/local/testing';
import { KafkaAdmin } from './admin.ts';
import { connectKafka } from './connect-kafka.ts';

const WATCHED_MS = 2_000;
/** Unpatched, kafkajs starts some 900 timers a second. */
const MOST_TIMERS_PER_SECOND = 5;

let broker: TestBroker;

beforeAll(async () => {
  broker = await startTestBroker();
}, 300_000);

afterAll(async () => await broker?.stop(), 30_000);

async function timersStartedWithin(ms: number): Promise<number> {
  let timers = 0;
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'Timeout') timers += 1;
    },
  });
  hook.enable();
  await delay(ms);
  hook.disable();
  return timers - 1; // our own
}

describe('an idle connection', () => {
  it('starts hardly any timers, with a publisher open and a reader waiting', async () => {
    const quiet = (): void => undefined;
    const options = {
      bootstrapServers: broker.bootstrapServers.split(','),
      tls: { ca: () => broker.caPem },
      sasl: { mechanism: 'scram-sha-512', ...broker.adminUser, password: () => broker.adminUser.password },
      clientId: 'idle',
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    } as const;
    await new KafkaAdmin(options).createTopics([{ name: 'idle', partitions: 1, replicas: 1, config: {} }]);
    const kafka = connectKafka(options);
    const publisher = kafka.openPublisher({ transactionalId: 'idle' });
    await publisher.open();
    await publisher.publish([{ topic: 'idle', key: null, value: 'x' }]);
    await kafka.topicOffsets('idle');
    const reader = kafka.openReader({ topic: 'idle', from: new Map([[0, 2n]]) });
    const polling = reader.poll({ maxWaitMs: 10_000 }).catch(() => []);
    await delay(500);
    const timers = await timersStartedWithin(WATCHED_MS);
    await kafka.close();
    await polling;
    expect(timers / (WATCHED_MS / 1_000)).toBeLessThanOrEqual(MOST_TIMERS_PER_SECOND);
  });
});
