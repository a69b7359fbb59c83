import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestBroker, waitUntil, type TestBroker } from '@tributary/local/testing';
import { FeedUnderTest } from './testing/feed-under-test.ts';
import { VOLUME, WorkspaceUnderTest } from './testing/workspace-under-test.ts';

const KILLS = 40;
const LONGEST_LIFE_MS = 2_500;

let broker: TestBroker;
let workspace: WorkspaceUnderTest;
let feed: FeedUnderTest;

beforeAll(async () => {
  broker = await startTestBroker();
}, 300_000);
beforeEach(async () => {
  workspace = await WorkspaceUnderTest.start();
  await workspace.createVolume();
});
afterEach(async () => {
  await feed.remove();
  await workspace.stop();
});
afterAll(async () => await broker?.stop(), 30_000);

describe('crashes', () => {
  it('of a consumer at any moment neither lose nor repeat a record', async () => {
    feed = await FeedUnderTest.create(broker, 'crashes', {
      partitions: 2,
      csv: { cut: { records: 37, bytes: '64Mi', after: '200ms' } },
      config: { volume: VOLUME },
    });
    let published = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const consumer = feed.start({ databricksDir: workspace.connectionDir });
      const count = 1 + Math.floor(Math.random() * 300);
      await feed.publish(count);
      published += count;
      if (kill % 5 === 0) await feed.publish(20, 'abort');
      // The moment of death is what the test varies; there is no condition to wait for.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_LIFE_MS));
      await consumer.kill();
    }
    const last = feed.start({ databricksDir: workspace.connectionDir });
    await waitUntil(async () => (await last.status()).uploaded.records === published || undefined, {
      what: `${published} records to be in the volume`,
      timeoutMs: 60_000,
    });
    expect(await last.stop()).toBe(0);
    expect((await feed.audit(true, workspace.volume)).findings).toEqual([]);
  }, 600_000);
});
