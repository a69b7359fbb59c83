import { gzipSync } from 'node:zlib';
import { DEFAULT_DIALECT, HEADERS, filePath, manifestPath, schemaPath, type Column } from '@tributary/api';
import { csvHeader } from '../encode/csv-text.ts';
import { RowEncoder } from '../encode/row-encoder.ts';
import { headerOf } from '../encode/row.ts';
import { manifestOf, sha256Of, type StoredManifest } from '../files/file-facts.ts';
import type { FetchedRecord } from '@tributary/kafka';
import { layOut } from './lay-out.ts';
import { FolderVolume } from '../volume/folder-volume.ts';
import type { TopicView } from '../audit/topic-view.ts';

const PER_FILE = 50_000;
const AT_ONCE = 500;
export const MANY_FEED = 'test.scale';
const TOPIC_ID = 'scale-topic-id';
const DATE = '2026-01-02';
const COLUMNS: readonly Column[] = [
  { name: 'id', role: 'key', type: 'string' },
  { name: 'price', role: 'measure', type: 'double' },
  { name: 'note', role: 'dimension', type: 'string' },
];
function recordAt(offset: bigint): FetchedRecord {
  const id = `k${offset % 1_009n}`;
  return layOut({
    topic: MANY_FEED,
    partition: 0,
    offset,
    key: Buffer.from(JSON.stringify({ id })),
    value: Buffer.from(JSON.stringify({ id, price: `${offset}.2500`, note: `a "quoted" note, ${offset}` })),
    headers: new Map([
      [HEADERS.op, 'upsert'],
      [HEADERS.poll, 'poll-1'],
      [HEADERS.observedAt, `${DATE}T03:04:05.000Z`],
    ]),
    timestamp: 0,
  });
}

/** A topic of so many records, which are made when they are read. */
export function topicOfMany(records: number): TopicView {
  return {
    topicId: TOPIC_ID,
    compacted: false,
    gone: false,
    partitions: async () => [{ partition: 0, logStart: 0n, end: BigInt(records) }],
    check: async () => undefined,
    async *read(_partition, from, to) {
      for (let offset = from; offset < to; offset += 1n) yield recordAt(offset);
    },
  };
}

/** The files of such a topic, as a consumer leaves them in a folder. */
export async function landMany(folder: string, records: number): Promise<void> {
  const volume = new FolderVolume(folder);
  const schema = JSON.stringify({ version: 1, columns: COLUMNS, csv: DEFAULT_DIALECT });
  await volume.create(schemaPath(MANY_FEED, TOPIC_ID, 1), Buffer.from(schema));
  for (let first = 0; first < records; first += PER_FILE) {
    const bytes = fileFrom(first);
    const stored = manifest(first, bytes);
    await volume.create(stored.path, bytes);
    const at = manifestPath(MANY_FEED, TOPIC_ID, 0, String(first));
    await volume.create(at, Buffer.from(JSON.stringify(stored)));
  }
}

function fileFrom(first: number): Buffer {
  const encoder = new RowEncoder(COLUMNS, DEFAULT_DIALECT);
  const chunks: Buffer[] = [Buffer.from(csvHeader(headerOf(COLUMNS), DEFAULT_DIALECT))];
  for (let at = first; at < first + PER_FILE; at += AT_ONCE) {
    const records = Array.from({ length: AT_ONCE }, (_, index) => recordAt(BigInt(at + index)));
    chunks.push(encoder.encode(records, 0, { rows: AT_ONCE, bytes: Number.POSITIVE_INFINITY }).bytes);
  }
  return gzipSync(Buffer.concat(chunks), { level: 1 });
}

function manifest(first: number, bytes: Buffer): StoredManifest {
  const name = {
    feed: MANY_FEED,
    topicId: TOPIC_ID,
    schema: 1,
    date: DATE,
    partition: 0,
    firstOffset: String(first),
    gzip: true,
  };
  const facts = {
    firstOffset: BigInt(first),
    lastOffset: BigInt(first + PER_FILE - 1),
    rows: PER_FILE,
    bytes: bytes.length,
    sha256: sha256Of(bytes),
  };
  const place = { path: filePath(name), topicId: TOPIC_ID, schema: 1, partition: 0 };
  const totals = { rows: first + PER_FILE, files: first / PER_FILE + 1 };
  return manifestOf(place, facts, facts.lastOffset + 1n, totals, true);
}
