import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestBroker, waitUntil, type TestBroker } from '@tributary/local/testing';
import { FeedUnderTest } from './testing/feed-under-test.ts';
import { killRun } from './testing/kill-run.ts';
import { WorkspaceUnderTest } from './testing/workspace-under-test.ts';

/** The nightly run of 200 kills, in short. */
let broker: TestBroker;
let workspace: WorkspaceUnderTest;

beforeAll(async () => {
  broker = await startTestBroker();
  workspace = await WorkspaceUnderTest.start();
  await workspace.createVolume();
}, 300_000);
afterAll(async () => {
  await workspace?.stop();
  await broker?.stop();
}, 30_000);

describe('consumers that are killed at any moment', () => {
  it('neither lose nor repeat a record', async () => {
    const { wrong, published, landed, troubles } = await killRun({
      broker,
      workspace,
      name: 'kills',
      kills: 6,
      seed: 20_261_125,
      longestLifeMs: 1_500,
    });
    expect(wrong).toEqual([]);
    expect(published).toBeGreaterThan(0);
    expect(landed).toBeGreaterThan(0);
    expect(troubles.kill).toBeGreaterThanOrEqual(6);
    console.log(JSON.stringify({ published, landed, troubles }));
  }, 120_000);
});

describe('a broker that crashes while it is read', () => {
  it('is said on the status, and reading goes on by itself where it was', async () => {
    const feed = await FeedUnderTest.create(broker, 'broker-crash');
    try {
      const consumer = feed.start();
      await feed.publish(150);
      const landed = (records: number): Promise<true> =>
        waitUntil(async () => (await consumer.status()).uploaded.records === records || undefined, {
          what: `${records} records to land`,
          timeoutMs: 60_000,
        });
      await landed(150);
      await broker.kill();
      await waitUntil(
        async () => (await consumer.status()).kafka.reason === 'KafkaUnavailable' || undefined,
        {
          what: 'the status to say it',
          timeoutMs: 60_000,
        },
      );
      expect((await consumer.get('/healthz')).status).toBe(200); // a restart would not help
      await broker.restart();
      await feed.reconnect();
      await feed.publish(70);
      await landed(220);
      expect((await consumer.status()).kafka).toMatchObject({ healthy: true });
      expect(await consumer.stop()).toBe(0);
      expect(await feed.audit(true)).toMatchObject({ ok: true, partitions: [{ rows: 220 }] });
    } finally {
      await feed.remove();
    }
  }, 120_000);
});
