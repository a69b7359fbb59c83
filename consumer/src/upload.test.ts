import { readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startTestBroker, waitUntil, type TestBroker } from '@tributary/local/testing';
import type { ConsumerProcess } from './testing/consumer-process.ts';
import { FeedUnderTest, type FeedOptions } from './testing/feed-under-test.ts';
import { VOLUME, WorkspaceUnderTest } from './testing/workspace-under-test.ts';

let broker: TestBroker;
let workspace: WorkspaceUnderTest;
const feeds: FeedUnderTest[] = [];

beforeAll(async () => {
  broker = await startTestBroker();
}, 300_000);
beforeEach(async () => {
  workspace = await WorkspaceUnderTest.start();
});
afterEach(async () => {
  await Promise.all(feeds.splice(0).map((feed) => feed.remove()));
  await workspace.stop();
});
afterAll(async () => await broker?.stop(), 30_000);

async function feedNamed(name: string, options: FeedOptions = {}): Promise<FeedUnderTest> {
  const feed = await FeedUnderTest.create(broker, name, { ...options, config: { volume: VOLUME } });
  feeds.push(feed);
  return feed;
}

function uploaded(consumer: ConsumerProcess, records: number): Promise<true> {
  return waitUntil(async () => (await consumer.status()).uploaded.records === records || undefined, {
    what: `${records} records to be in the volume`,
    timeoutMs: 20_000,
  });
}

function volumeReason(consumer: ConsumerProcess, reason: string): Promise<true> {
  return waitUntil(async () => (await consumer.status()).volume.reason === reason || undefined, {
    what: `the volume to be ${reason}`,
    timeoutMs: 20_000,
  });
}

describe('a consumer with a volume in Databricks', () => {
  it('names the volume that is missing, lands everything once it is there, and keeps nothing on its disk', async () => {
    const feed = await feedNamed('lands', { partitions: 2 });
    const consumer = feed.start({ databricksDir: workspace.connectionDir });
    await feed.publish(250);
    await volumeReason(consumer, 'VolumeMissing');
    await workspace.createVolume();
    expect(await consumer.stop()).toBe(0); // the next try is half a minute away
    const second = feed.start({ databricksDir: workspace.connectionDir });
    await uploaded(second, 250);
    expect(await second.stop()).toBe(0);
    expect(await feed.audit(true, workspace.volume)).toMatchObject({ ok: true });
    const leftOnDisk = await readdir(feed.dataDir, { recursive: true, withFileTypes: true });
    expect(leftOnDisk.filter((entry) => entry.isFile())).toEqual([]);
  });

  it('says when it is not let in', async () => {
    const feed = await feedNamed('refused');
    await writeFile(join(workspace.connectionDir, 'clientSecret'), 'a wrong secret');
    const consumer = feed.start({ databricksDir: workspace.connectionDir });
    await volumeReason(consumer, 'AuthFailed');
    expect(consumer.lines.join('\n')).not.toContain('a wrong secret');
    expect(await consumer.stop()).toBe(0);
  });

  it('shares a partition with a second consumer: whoever comes second adopts the file of the first', async () => {
    await workspace.createVolume();
    const feed = await feedNamed('shared');
    const start = async (index: number, records: number): Promise<ConsumerProcess> => {
      const csv = { ...feed.config.csv, cut: { records, bytes: '64Mi', after: '300ms' } };
      const configPath = await feed.configure({ csv }, `config-${index}.json`);
      const dataDir = join(feed.folder, `data-${index}`);
      return feed.start({ configPath, dataDir, databricksDir: workspace.connectionDir });
    };
    const consumers = await Promise.all([start(1, 70), start(2, 110)]);
    for (const count of [500, 3, 200, 41]) await feed.publish(count);
    for (const consumer of consumers) await uploaded(consumer, 744);
    const adopted = await Promise.all(
      consumers.map(async (consumer) => (await consumer.get('/metrics')).text()),
    );
    expect(adopted.join('\n')).toMatch(/tributary_files_total\{state="adopted"\} [1-9]/);
    for (const consumer of consumers) expect(await consumer.stop()).toBe(0);
    expect(await feed.audit(true, workspace.volume)).toMatchObject({ ok: true, partitions: [{ rows: 744 }] });
  });

  it('stops in time though an upload hangs, and lands the file from its disk later', async () => {
    await workspace.createVolume();
    const feed = await feedNamed('hangs');
    const first = feed.start({ databricksDir: workspace.connectionDir });
    await feed.publish(100);
    await uploaded(first, 100);
    expect(await first.stop()).toBe(0);

    // Passes everything on but files, which it swallows.
    const { port } = new URL(workspace.standIn.url);
    const swallowed = Promise.withResolvers<void>();
    const proxy = createServer((request, response) => {
      if (request.method === 'PUT' && request.url?.includes('.csv') === true) return swallowed.resolve();
      void (async () => {
        const body = request.method === 'POST' ? await new Response(request as never).text() : undefined;
        const answer = await fetch(`http://127.0.0.1:${port}${request.url}`, {
          method: request.method ?? 'GET',
          headers: {
            authorization: request.headers.authorization ?? '',
            'content-type': request.headers['content-type'] ?? '',
          },
          ...(body === undefined ? {} : { body }),
        });
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
        response.end(Buffer.from(await answer.arrayBuffer()));
      })();
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const host = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    await writeFile(join(workspace.connectionDir, 'host'), host);
    const second = feed.start({ databricksDir: workspace.connectionDir });
    await feed.publish(100);
    await swallowed.promise;
    const asked = performance.now();
    expect(await second.stop()).toBe(0);
    expect(performance.now() - asked).toBeLessThan(20_000);
    proxy.closeAllConnections();
    proxy.close();

    await writeFile(join(workspace.connectionDir, 'host'), workspace.standIn.url);
    await feed.truncate(0, 202n); // only the disk has it now
    const third = feed.start({ databricksDir: workspace.connectionDir });
    await uploaded(third, 200);
    const report = await feed.audit(true, workspace.volume);
    expect(report).toMatchObject({ ok: true, partitions: [{ rows: 200 }] });
  }, 60_000);
});
