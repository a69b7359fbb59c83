/** Audits as many records as its argument says, which are made while they are read, and prints the report and its own peak. */
import { gzipSync } from 'node:zlib';
import { DEFAULT_DIALECT, HEADERS, filePath, manifestPath, schemaPath, type Column } from '@tributary/api';
import { csvHeader } from '../encode/csv-text.ts';
import { RowEncoder } from '../encode/row-encoder.ts';
import { headerOf } from '../encode/row.ts';
import { manifestOf, sha256Of } from '../files/file-facts.ts';
import type { FetchedRecord } from '@tributary/kafka';
import { layOut } from './lay-out.ts';
import type { Volume, VolumeEntry } from '../volume/volume.ts';
import { audit } from '../audit/audit.ts';
import type { TopicView } from '../audit/topic-view.ts';

const RECORDS = Number(process.argv[2]);
const PER_FILE = 50_000;
const AT_ONCE = 500;
const FEED = 'test.scale';
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
    topic: FEED,
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

const topic: TopicView = {
  topicId: TOPIC_ID,
  compacted: false,
  partitions: async () => [{ partition: 0, logStart: 0n, end: BigInt(RECORDS) }],
  async *read(_partition, from, to) {
    for (let offset = from; offset < to; offset += 1n) yield recordAt(offset);
  },
};

/** Files that are made when they are read, so that only the audit needs memory. */
class VirtualVolume implements Volume {
  readonly root = '/virtual';
  #made: { first: number; bytes: Buffer } | undefined;

  create(): Promise<never> {
    throw new Error('an audit writes nothing');
  }

  async *list(path: string): AsyncGenerator<VolumeEntry, void, undefined> {
    const root = `${FEED}/${TOPIC_ID}`;
    const folders: Readonly<Record<string, readonly string[]>> = {
      [root]: ['schema-1', '_meta'],
      [`${root}/schema-1`]: [DATE],
    };
    for (const name of folders[path] ?? []) yield { name, isDirectory: true };
    if (path === `${root}/_meta`) yield { name: 'schema-1.json', isDirectory: false };
    const ending = { [`${root}/schema-1/${DATE}`]: '.csv.gz', [`${root}/_meta/manifests`]: '.json' }[path];
    if (ending === undefined) return;
    for (let first = 0; first < RECORDS; first += PER_FILE)
      yield { name: `0-${first}${ending}`, isDirectory: false };
  }

  async read(path: string): Promise<Buffer | undefined> {
    if (path === schemaPath(FEED, TOPIC_ID, 1))
      return Buffer.from(JSON.stringify({ version: 1, columns: COLUMNS }));
    const first = Number(/0-(\d+)\.(?:csv\.gz|json)$/.exec(path)?.[1] ?? Number.NaN);
    if (Number.isNaN(first)) return undefined;
    const bytes = this.#file(first);
    return path === manifestPath(FEED, TOPIC_ID, 0, String(first)) ? manifest(first, bytes) : bytes;
  }

  #file(first: number): Buffer {
    if (this.#made?.first === first) return this.#made.bytes;
    const encoder = new RowEncoder(COLUMNS, DEFAULT_DIALECT);
    const chunks: Buffer[] = [Buffer.from(csvHeader(headerOf(COLUMNS), DEFAULT_DIALECT))];
    for (let at = first; at < first + PER_FILE; at += AT_ONCE) {
      const records = Array.from({ length: AT_ONCE }, (_, index) => recordAt(BigInt(at + index)));
      chunks.push(encoder.encode(records, 0, { rows: AT_ONCE, bytes: Number.POSITIVE_INFINITY }).bytes);
    }
    const bytes = gzipSync(Buffer.concat(chunks), { level: 1 });
    this.#made = { first, bytes };
    return bytes;
  }
}

function manifest(first: number, bytes: Buffer): Buffer {
  const name = {
    feed: FEED,
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
  return Buffer.from(JSON.stringify(manifestOf(place, facts, facts.lastOffset + 1n, totals, true)));
}

const report = await audit({ feed: FEED, topic, volume: new VirtualVolume(), complete: true });
const { ok, partitions, findings } = report;
process.stdout.write(JSON.stringify({ ok, partitions, findings, peakRssKb: process.resourceUsage().maxRSS }));
