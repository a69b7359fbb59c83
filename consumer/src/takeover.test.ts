import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Column } from '@tributary/api';
import { waitUntil } from '@tributary/local/testing';
import { audit } from './audit/audit.ts';
import type { AuditReport } from './audit/report.ts';
import {
  startInProcess,
  type InProcessConsumer,
  type InProcessOptions,
} from './testing/consumer-in-process.ts';
import { MemoryTopic } from './testing/memory-topic.ts';
import { TroubledVolume } from './testing/troubled-volume.ts';
import { FolderVolume } from './volume/folder-volume.ts';

/** Two consumers of one partition, of which the first does not know that it was replaced. */
const FEED = 'test.takeover';
const id: Column = { name: 'id', role: 'key', type: 'string' };
const value: Column = { name: 'value', role: 'measure', type: 'double' };
const every = (records: number): { cut: { records: number; bytes: string; after: string } } => ({
  cut: { records, bytes: '1Gi', after: '20ms' },
});

const pipes = {
  delimiter: 'pipe',
  quote: 'single',
  header: false,
  nullText: '\\N',
  escapeFormulas: true,
} as const;

let folder: string;
let topic: MemoryTopic;
let volume: FolderVolume;
const started: InProcessConsumer[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-takeover-'));
  volume = new FolderVolume(join(folder, 'volume'));
  topic = new MemoryTopic(FEED);
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((consumer) => consumer.stop()));
  await rm(folder, { recursive: true, force: true });
});

function start(
  disk: string,
  options: Partial<InProcessOptions> & Pick<InProcessOptions, 'volume'>,
): InProcessConsumer {
  const consumer = startInProcess({ topic, dataDir: join(folder, disk), drainMs: 0, ...options });
  started.push(consumer);
  return consumer;
}

function publish(count: number, prefix: string): void {
  topic.append(
    0,
    Array.from({ length: count }, (_, index) => `${prefix}${index}`),
  );
}

function until(what: string, holds: () => boolean): Promise<true> {
  const said = (): string => started.flatMap(({ lines }) => lines.slice(-3)).join('');
  return waitUntil(() => holds() || undefined, {
    what: `${what}: ${said()}`,
    timeoutMs: 10_000,
    intervalMs: 2,
  });
}

const rows = (consumer: InProcessConsumer): number => consumer.state.totals().uploaded.rows;
const prove = (): Promise<AuditReport> => audit({ feed: FEED, topic: topic.view(), volume, complete: true });
const isData = (path: string): boolean => path.includes('.csv');

describe.each([
  ['the same layout', {}, {}],
  ['other columns', { columns: [id] }, { columns: [id, value] }],
  ['another compression', { csv: { ...every(7), compression: 'gzip' as const } }, { csv: every(5) }],
  ['another dialect', { csv: { ...every(7), ...pipes } }, { csv: every(5) }],
  ['another dialect than the default', { csv: every(7) }, { csv: { ...every(5), ...pipes } }],
])('a file that arrives late, when the next consumer has %s,', (_, former, next) => {
  it.each(['before', 'after'])(
    'arrives %s the claim of the next one, and every record is in one file',
    async (when) => {
      const troubled = new TroubledVolume(volume);
      const first = start('a', { volume: troubled, csv: every(7), ...former });
      publish(20, 'a');
      await until('20 rows', () => rows(first) === 20);
      troubled.delay(isData);
      publish(30, 'b');
      await until('a file to be on its way', () => troubled.hasInFlight);
      await first.stop();

      const second = start('b', { volume, csv: every(5), ...next });
      if (when === 'after') await until('all rows', () => rows(second) === 50);
      else await until('its position', () => second.state.positioned);
      await troubled.deliver();
      publish(10, 'c');
      await until('all rows', () => rows(second) === 60);
      expect(await prove()).toMatchObject({ findings: [], partitions: [{ rows: 60 }] });
    },
  );
});

it('a late first file of former columns is met though nothing had landed before', async () => {
  const troubled = new TroubledVolume(volume);
  troubled.delay(isData);
  const first = start('a', { volume: troubled, csv: every(7), columns: [id] });
  publish(20, 'a');
  await until('a file to be on its way', () => troubled.hasInFlight);
  await first.stop();
  const second = start('b', { volume, csv: every(5) });
  await until('all rows', () => rows(second) === 20);
  expect(await troubled.deliver()).toBe('exists');
  expect(await prove()).toMatchObject({ findings: [], partitions: [{ rows: 20 }] });
});

describe('a consumer that stood still while another took over', () => {
  it('goes on beside it when it wakes, and no record lands twice', async () => {
    const troubled = new TroubledVolume(volume);
    const first = start('a', { volume: troubled, csv: every(7) });
    publish(20, 'a');
    await until('20 rows', () => rows(first) === 20);
    troubled.freeze();
    publish(30, 'b');
    const second = start('b', { volume, csv: every(11) });
    await until('50 rows', () => rows(second) === 50);
    troubled.thaw();
    publish(25, 'c');
    await until('75 rows in both', () => rows(first) === 75 && rows(second) === 75);
    expect(await prove()).toMatchObject({ findings: [], partitions: [{ rows: 75 }] });
  });

  it('stops for good when the other one has newer columns', async () => {
    const troubled = new TroubledVolume(volume);
    const first = start('a', { volume: troubled, csv: every(7), columns: [id] });
    publish(20, 'a');
    await until('20 rows', () => rows(first) === 20);
    troubled.freeze();
    publish(30, 'b');
    const second = start('b', { volume, csv: every(11), columns: [id, value] });
    await until('50 rows', () => rows(second) === 50);
    troubled.thaw();
    await until('the first one to stop', () => first.state.volume.reason === 'Superseded');
    publish(25, 'c');
    await until('75 rows', () => rows(second) === 75);
    expect(await prove()).toMatchObject({ findings: [], partitions: [{ rows: 75 }] });
  });
});
