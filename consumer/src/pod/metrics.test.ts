import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KafkaError, type Kafka } from '@tributary/kafka';
import { waitUntil } from '@tributary/local/testing';
import {
  startInProcess,
  type InProcessConsumer,
  type InProcessOptions,
} from '../testing/consumer-in-process.ts';
import { MemoryTopic } from '../testing/memory-topic.ts';
import { TroubledVolume } from '../testing/troubled-volume.ts';
import { FolderVolume } from '../volume/folder-volume.ts';

let folder: string;
let topic: MemoryTopic;
let volume: FolderVolume;
const started: InProcessConsumer[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-metrics-'));
  volume = new FolderVolume(join(folder, 'volume'));
  topic = new MemoryTopic('test.metrics');
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((consumer) => consumer.stop()));
  await rm(folder, { recursive: true, force: true });
});

function start(options: Partial<InProcessOptions> = {}): InProcessConsumer {
  const csv = { cut: { records: 10, bytes: '1Gi', after: '1h' } };
  const consumer = startInProcess({ topic, volume, dataDir: join(folder, 'disk'), csv, ...options });
  started.push(consumer);
  return consumer;
}

function publish(count: number): void {
  topic.append(
    0,
    Array.from({ length: count }, (_, index) => `v${index}`),
  );
}

async function metric(consumer: InProcessConsumer, name: string): Promise<number> {
  const line = (await consumer.metrics()).split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1) ?? Number.NaN);
}

function until(consumer: InProcessConsumer, name: string, value: number): Promise<true> {
  return waitUntil(async () => (await metric(consumer, name)) === value || undefined, {
    what: `${name} to be ${value}`,
    timeoutMs: 10_000,
    intervalMs: 2,
  });
}

describe("the consumer's metrics", () => {
  it('count records and files from the disk to the volume, and how long that took', async () => {
    const troubled = new TroubledVolume(volume);
    const consumer = start({ volume: troubled });
    publish(10);
    await until(consumer, 'tributary_files_total{state="uploaded"}', 1);
    troubled.freeze();
    publish(20);
    await until(consumer, 'tributary_records_landed_total', 30);
    expect(await metric(consumer, 'tributary_files_total{state="landed"}')).toBe(3);
    expect(await metric(consumer, 'tributary_files_total{state="uploaded"}')).toBe(1);
    expect(await metric(consumer, 'tributary_upload_seconds_count')).toBe(1);
    troubled.thaw();
    await until(consumer, 'tributary_files_total{state="uploaded"}', 3);
    expect(await metric(consumer, 'tributary_upload_seconds_count')).toBe(3);
    expect(await metric(consumer, 'tributary_upload_seconds_sum')).toBeLessThan(10);
  });

  it('tell the time from the newest event of a file to the volume', async () => {
    topic.eventTime = new Date(Date.now() - 100_000).toISOString();
    const consumer = start();
    publish(10);
    await until(consumer, 'tributary_end_to_end_seconds_count', 1);
    const seconds = await metric(consumer, 'tributary_end_to_end_seconds_sum');
    expect(seconds).toBeGreaterThanOrEqual(100);
    expect(seconds).toBeLessThan(115);
  });

  it('take the newest event of a file for that, wherever it stands in it', async () => {
    const consumer = start();
    topic.eventTime = new Date(Date.now() - 100_000).toISOString();
    publish(5);
    topic.eventTime = new Date(Date.now() - 1_000_000).toISOString();
    publish(5);
    await until(consumer, 'tributary_end_to_end_seconds_count', 1);
    expect(await metric(consumer, 'tributary_end_to_end_seconds_sum')).toBeLessThan(115);
  });

  it('tell how many records are in no complete file yet', async () => {
    const consumer = start();
    publish(13);
    await until(consumer, 'tributary_records_landed_total', 10);
    expect(await until(consumer, 'tributary_consumer_lag_records', 3)).toBe(true);
  });

  it('tell it though a partition is quiet, and before anything is read', async () => {
    topic.recreate('of-two-partitions', 2);
    publish(13);
    topic.fetches = 'hang';
    const consumer = start();
    expect(await until(consumer, 'tributary_consumer_lag_records', 14)).toBe(true); // with a marker
    topic.fetches = 'work';
  });

  it('count the files of another consumer that were adopted', async () => {
    const first = start();
    publish(20);
    await until(first, 'tributary_files_total{state="uploaded"}', 2);
    const troubled = new TroubledVolume(volume);
    troubled.hidden = () => true;
    const second = start({ volume: troubled, dataDir: join(folder, 'other-disk') });
    expect(await until(second, 'tributary_files_total{state="adopted"}', 2)).toBe(true);
  });

  it('count the offsets that were gone', async () => {
    publish(20);
    topic.truncate(0, 7n);
    const consumer = start();
    expect(await until(consumer, 'tributary_gap_records_total', 7)).toBe(true);
  });

  it('tell when an audit was made last, and the status why it could not be made since', async () => {
    let forbidden = false;
    const kafka: Kafka = {
      ...topic.kafka(),
      isCompacted: async () => {
        if (forbidden) throw new KafkaError('KafkaForbidden', 'no right to read the config of the topic');
        return false;
      },
    };
    const consumer = start({ auditEvery: '50ms', kafka });
    await waitUntil(() => consumer.state.audit, { what: 'an audit', timeoutMs: 10_000 });
    const at = await metric(consumer, 'tributary_audit_last_timestamp_seconds');
    expect(Math.abs(at - Date.now() / 1_000)).toBeLessThan(60);
    forbidden = true;
    await waitUntil(() => consumer.state.auditNotPossible, { what: 'an audit to fail', timeoutMs: 10_000 });
    expect(consumer.state.auditNotPossible?.message).toContain('KafkaForbidden: no right');
    forbidden = false;
    await waitUntil(() => consumer.state.auditNotPossible === undefined || undefined, {
      what: 'an audit again',
      timeoutMs: 10_000,
    });
  });

  it('tell of no audit of a topic that was deleted: there is nothing to compare with', async () => {
    let deleted = false;
    const kafka: Kafka = {
      ...topic.kafka(),
      topicId: async () => {
        if (deleted) throw new KafkaError('TopicMissing', 'there is no such topic');
        return topic.topicId;
      },
    };
    const consumer = start({ auditEvery: '100ms', kafka });
    publish(20);
    await waitUntil(() => consumer.state.audit?.rows === 20 || undefined, {
      what: 'an audit of all rows',
      timeoutMs: 10_000,
    });
    deleted = true;
    const message = await waitUntil(() => consumer.state.auditNotPossible?.message, {
      what: 'the audit not to be possible',
      timeoutMs: 10_000,
    });
    expect(message).toContain('TopicMissing');
  });

  it('tell what the last audit found, and the status says what', async () => {
    const consumer = start({ auditEvery: '100ms' });
    publish(20);
    await until(consumer, 'tributary_files_total{state="uploaded"}', 2);
    await waitUntil(() => consumer.state.audit?.rows === 20 || undefined, {
      what: 'an audit of all rows',
      timeoutMs: 10_000,
    });
    expect(consumer.state.audit).toMatchObject({
      ok: true,
      files: 2,
      findings: 0,
      message: expect.stringMatching(/^20 rows equal their records, 0 .* proven by manifests/),
    });
    expect(await metric(consumer, 'tributary_audit_findings')).toBe(0);
    const files = await readdir(volume.root, { recursive: true });
    const file = files.find((name) => name.endsWith('.csv')) ?? '';
    await writeFile(join(volume.root, file), 'altered');
    await waitUntil(async () => (await metric(consumer, 'tributary_audit_findings')) > 0 || undefined, {
      what: 'the altered file to be found',
      timeoutMs: 10_000,
    });
    expect(consumer.state.audit?.ok).toBe(false);
    expect(consumer.state.audit?.message).toMatch(/^FileAltered: /);
  });
});
