import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestBroker, waitUntil, type TestBroker } from '@tributary/local/testing';
import type { ConsumerProcess } from './testing/consumer-process.ts';
import { FeedUnderTest, type FeedOptions } from './testing/feed-under-test.ts';

let broker: TestBroker;
const feeds: FeedUnderTest[] = [];

beforeAll(async () => {
  broker = await startTestBroker();
}, 300_000);
afterEach(async () => {
  await Promise.all(feeds.splice(0).map((feed) => feed.remove()));
});
afterAll(async () => await broker?.stop(), 30_000);

async function feedNamed(name: string, options?: FeedOptions): Promise<FeedUnderTest> {
  const feed = await FeedUnderTest.create(broker, name, options);
  feeds.push(feed);
  return feed;
}

async function uploaded(consumer: ConsumerProcess, records: number): Promise<void> {
  const ended = consumer.ended.then(() => 'ended' as const);
  const landed = waitUntil(async () => (await consumer.status()).uploaded.records === records || undefined, {
    what: `${records} records to be in the volume`,
    timeoutMs: 20_000,
  });
  if ((await Promise.race([landed, ended])) === 'ended') throw new Error(consumer.lines.join('\n'));
}

describe('a consumer of a real topic', () => {
  it('lands every committed record once, in files cut by records and by age, and an audit proves it', async () => {
    const feed = await feedNamed('lands', { partitions: 3 });
    const consumer = feed.start();
    await feed.publish(500);
    await feed.publish(50, 'abort');
    await feed.publish(7);
    await uploaded(consumer, 507);
    expect(await feed.audit(true)).toMatchObject({ ok: true, findings: [] });
    expect(await consumer.status()).toMatchObject({
      kafka: { healthy: true },
      volume: { healthy: true },
      landed: { records: 507 },
      lag: 0,
    });
    expect((await consumer.get('/readyz')).status).toBe(200);
    expect(await (await consumer.get('/metrics')).text()).toMatch(/^tributary_records_landed_total 507$/m);
    expect(await consumer.stop()).toBe(0);
  });

  it('goes on where it was after a crash, and lands what was open when it is stopped', async () => {
    const feed = await feedNamed('resumes', { csv: { cut: { records: 100, bytes: '64Mi', after: '1h' } } });
    const first = feed.start();
    await feed.publish(250);
    await uploaded(first, 200);
    await first.kill();
    await feed.publish(30);
    const second = feed.start();
    await waitUntil(async () => ((await second.status()).lag === 80 ? true : undefined), {
      what: 'the rest to be read again',
      timeoutMs: 20_000,
    });
    expect(await second.stop()).toBe(0);
    expect(await feed.audit(true)).toMatchObject({ ok: true, partitions: [{ rows: 280 }] });
  });

  it('reports what retention took before it could be read, and an audit finds it for ever', async () => {
    const feed = await feedNamed('gap');
    const first = feed.start();
    await feed.publish(100);
    await uploaded(first, 100);
    expect(await first.stop()).toBe(0);
    await feed.publish(50);
    await feed.publish(50);
    // 0 to 99 and a marker have landed; 101 to 150, a marker, 152 to 201 and a marker have not.
    await feed.truncate(0, 130n);
    const second = feed.start();
    await uploaded(second, 171);
    const report = await feed.audit(true);
    expect(report.findings).toMatchObject([{ code: 'GapReported', partition: 0 }]);
    expect(await (await second.get('/metrics')).text()).toMatch(/^tributary_gap_records_total 29$/m);
  });

  it('takes markers that retention took for no gap', async () => {
    const feed = await feedNamed('markers');
    const first = feed.start();
    await feed.publish(100);
    await uploaded(first, 100);
    expect(await first.stop()).toBe(0);
    await feed.truncate(0, 101n);
    const second = feed.start();
    await feed.publish(5);
    await uploaded(second, 105);
    expect(await feed.audit(true)).toMatchObject({ ok: true, partitions: [{ manifestOnlyRows: 100 }] });
  });

  it('opens a new schema each time the columns change, from the first record on', async () => {
    const feed = await feedNamed('schema');
    const land = async (columns: FeedUnderTest['config']['columns'], total: number): Promise<void> => {
      await feed.configure({ columns });
      const consumer = feed.start();
      await feed.publish(10);
      await uploaded(consumer, total);
      expect(await consumer.stop()).toBe(0);
    };
    const { columns } = feed.config;
    await land(columns, 10);
    await land([...columns, { name: 'note', role: 'dimension', type: 'string' }], 20);
    await land(columns, 30);
    expect(await feed.audit(true)).toMatchObject({ ok: true, partitions: [{ files: 3, rows: 30 }] });
    const folders: string[] = [];
    const { topicId } = await feed.audit(true);
    for await (const { name } of feed.volume.list(`${feed.topic}/${topicId}`)) folders.push(name);
    expect(folders.sort()).toEqual(['_meta', 'schema-1', 'schema-2', 'schema-3']);
  });

  it('says on its status why it cannot work, and goes on once it can', async () => {
    const feed = await feedNamed('volume', {
      config: { volume: { catalog: 'main', schema: 'landing', volume: 'feeds' } },
    });
    const databricksDir = join(feed.folder, 'databricks');
    await mkdir(databricksDir);
    const consumer = feed.start({ databricksDir });
    await waitUntil(async () => (await consumer.status()).volume.reason === 'AuthFailed' || undefined, {
      what: 'the missing credentials to be reported',
      timeoutMs: 20_000,
    });
    expect((await consumer.get('/readyz')).status).toBe(503);
    expect((await consumer.status()).volume.message).toContain('host');
    await writeFile(join(databricksDir, 'host'), 'http://127.0.0.1:1');
    await writeFile(join(databricksDir, 'token'), 'secret-token');
    expect(await consumer.stop()).toBe(0);
  });
});
