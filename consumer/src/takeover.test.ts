import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Column } from '@tributary/api';
import type { Kafka, PartitionReader } from '@tributary/kafka';
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

  it('takes no records for gone that the other one has landed, when retention took them before it asked', async () => {
    const troubled = new TroubledVolume(volume);
    const gate = Promise.withResolvers<void>();
    let held = false;
    let waiting = false;
    const kafka = topic.kafka();
    const slow: Kafka = {
      ...kafka,
      openReader: (options) => {
        const reader = kafka.openReader(options);
        const poll: PartitionReader['poll'] = async (asked) => {
          if (held) {
            waiting = true;
            await gate.promise;
          }
          return reader.poll(asked);
        };
        return { ...reader, poll };
      },
    };
    const first = start('a', { volume: troubled, csv: every(7), kafka: slow });
    publish(20, 'a');
    await until('20 rows', () => rows(first) === 20);
    troubled.freeze();
    publish(30, 'b');
    await until('the rest on the disk', () => first.state.totals().landed.rows === 50);
    held = true;
    await until('a poll to be on its way', () => waiting);
    publish(40, 'c');
    const second = start('b', { volume, csv: every(100) });
    await until('90 rows', () => rows(second) === 90);
    topic.truncate(0, 60n);
    troubled.thaw();
    await until('the file of the other one to be adopted', () => rows(first) === 90);
    gate.resolve();
    publish(5, 'd');
    await until('95 rows in both', () => rows(first) === 95 && rows(second) === 95);
    expect(await prove()).toMatchObject({ findings: [], partitions: [{ rows: 95 }] });
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

/** Values of the rows in each schema's folder, of uncompressed files. */
async function valuesBySchema(): Promise<Record<string, string[]>> {
  const values: Record<string, string[]> = {};
  const root = join(folder, 'volume', FEED, topic.topicId);
  for (const path of (await readdir(root, { recursive: true }))
    .filter((name) => name.endsWith('.csv'))
    .sort()) {
    const [schema = ''] = path.split('/');
    const lines = (await readFile(join(root, path), 'utf8')).split('\n').slice(1, -1);
    const found = lines.map((line) => /\b[a-z]\d+\b/.exec(line.split(',').slice(6).join())?.[0] ?? '');
    values[schema] = [...(values[schema] ?? []), ...found].filter((each) => each !== '').sort();
  }
  return values;
}
const texts = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`).sort();

describe('a change of columns', () => {
  it('sends every record to the new folder from the first one on', async () => {
    const first = start('a', { volume, csv: every(7), columns: [id] });
    publish(20, 'a');
    await until('20 rows', () => rows(first) === 20);
    await first.stop();
    const second = start('a', { volume, csv: every(7) });
    publish(20, 'b');
    await until('40 rows', () => rows(second) === 40);
    expect(await valuesBySchema()).toEqual({ 'schema-1': texts('a', 20), 'schema-2': texts('b', 20) });
    expect(await prove()).toMatchObject({ findings: [], partitions: [{ rows: 40 }] });
  });

  it('lands what waited on the disk where it was cut for, and the rest in the new folder', async () => {
    const troubled = new TroubledVolume(volume);
    const first = start('a', { volume: troubled, csv: every(5), columns: [id] });
    publish(5, 'a');
    await until('5 rows', () => rows(first) === 5);
    troubled.delay(isData);
    publish(10, 'b');
    await until('the files on the disk', () => first.state.totals().landed.rows === 15);
    await first.stop();
    publish(5, 'c');
    const second = start('a', { volume, csv: every(5) });
    await until('all rows', () => rows(second) === 20);
    expect(await valuesBySchema()).toEqual({
      'schema-1': [...texts('a', 5), ...texts('b', 10)],
      'schema-2': texts('c', 5),
    });
    expect(await prove()).toMatchObject({ findings: [], partitions: [{ rows: 20 }] });
  });

  it('voids what waited on the disk of a consumer that another had meanwhile replaced', async () => {
    const troubled = new TroubledVolume(volume);
    const first = start('a', { volume: troubled, csv: every(5), columns: [id] });
    publish(5, 'a');
    await until('5 rows', () => rows(first) === 5);
    troubled.delay(isData);
    publish(10, 'b');
    await until('the files on the disk', () => first.state.totals().landed.rows === 15);
    await first.stop();
    // The second closes the schema, and its own first file does not arrive.
    const alsoTroubled = new TroubledVolume(volume);
    alsoTroubled.delay((path) => path.includes('/schema-2/'));
    const second = start('b', { volume: alsoTroubled, csv: every(3) });
    await until('a file to be on its way', () => alsoTroubled.hasInFlight);
    await second.stop();
    const third = start('a', { volume, csv: every(4) });
    await until('all rows', () => rows(third) === 15);
    expect(await troubled.deliver()).toBe('exists');
    expect(await alsoTroubled.deliver()).toBe('exists');
    expect(await valuesBySchema()).toEqual({ 'schema-1': texts('a', 5), 'schema-2': texts('b', 10) });
    expect(await prove()).toMatchObject({ findings: [], partitions: [{ rows: 15 }] });
  });
});

it('two consumers with equal columns and different compression share a partition', async () => {
  const cases = fc.asyncProperty(
    fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }),
    async (counts) => {
      topic.recreate(`id-${fc.hash(JSON.stringify(counts))}`);
      const csv = (records: number, compression: 'gzip' | 'none') => ({ ...every(records), compression });
      const both = [
        start(`a-${topic.topicId}`, { volume, csv: csv(4, 'gzip') }),
        start(`b-${topic.topicId}`, { volume, csv: csv(6, 'none') }),
      ];
      let total = 0;
      for (const count of counts) {
        publish(count, 'a');
        total += count;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      for (const consumer of both) await until('all rows', () => rows(consumer) === total);
      await Promise.all(both.map((consumer) => consumer.stop()));
      expect(await prove()).toMatchObject({ findings: [], partitions: [{ rows: total }] });
    },
  );
  await fc.assert(cases, { numRuns: 10 });
}, 60_000);

it('after any succession of layouts, with any request late, every record is in one file', async () => {
  const life = fc.record({
    columns: fc.constantFrom<Column[]>([id], [id, value], [value, id]),
    compression: fc.constantFrom('gzip' as const, 'none' as const),
    count: fc.integer({ min: 1, max: 12 }),
    records: fc.integer({ min: 1, max: 7 }),
    header: fc.boolean(),
    late: fc.constantFrom(undefined, 'schema-', '/manifests/', '/closed/', '.csv'),
    /** How many lives later what is late arrives. */
    arrivesAfter: fc.integer({ min: 0, max: 3 }),
    keepsDisk: fc.boolean(),
  });
  let run = 0;
  const cases = fc.asyncProperty(fc.array(life, { minLength: 2, maxLength: 6 }), async (lives) => {
    run += 1;
    topic.recreate(`succession-${run}`);
    const late: { at: number; troubled: TroubledVolume }[] = [];
    let total = 0;
    for (const [index, each] of lives.entries()) {
      const troubled = new TroubledVolume(volume);
      const { late: part } = each;
      if (part !== undefined) troubled.delay((path) => path.includes(part));
      const consumer = start(each.keepsDisk ? `disk-${run}` : `disk-${run}-${index}`, {
        volume: troubled,
        columns: each.columns,
        csv: { ...every(each.records), compression: each.compression, header: each.header },
      });
      publish(each.count, 'a');
      total += each.count;
      await until('its end', () => troubled.hasInFlight || rows(consumer) === total);
      await consumer.stop();
      if (troubled.hasInFlight) late.push({ at: index + each.arrivesAfter, troubled });
      for (const arrived of late.filter(({ at }) => at === index)) await arrived.troubled.deliver();
    }
    const [last] = lives.slice(-1);
    const survivor = start(`disk-${run}-last`, {
      volume,
      columns: last?.columns ?? [id],
      csv: { ...every(5), compression: last?.compression ?? 'gzip' },
    });
    await until('all rows', () => rows(survivor) === total);
    for (const arrived of late.filter(({ at }) => at >= lives.length)) await arrived.troubled.deliver();
    await survivor.stop();
    expect(await prove()).toMatchObject({ findings: [], partitions: [{ rows: total }] });
  });
  await fc.assert(cases, { numRuns: 20 });
}, 120_000);
