import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import { FetchedRecord } from './fetched-record.ts';
import { VarintCursor } from './varint-cursor.ts';

/**
 * Fixed part of a record batch (magic 2): baseOffset, length, leader epoch, magic, crc, attributes, lastOffsetDelta,
 * base and max timestamp, producer id, epoch and sequence, count of records.
 */
export const BATCH = {
  baseOffset: 0,
  length: 8,
  overhead: 12,
  magic: 16,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  records: 57,
  header: 61,
} as const;
export const TRANSACTIONAL = 0x10;
export const CONTROL = 0x20;
const COMPRESSION = 0x07;
const LOG_APPEND_TIME = 0x08;

const NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const DECOMPRESS: Readonly<Record<string, (bytes: Buffer) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  zstd: promisify(zstdDecompress),
};

/**
 * The records of one batch of format 2. kafkajs decodes them too, at three times the cost: see
 * docs/decisions/tuned-landing-path.md. Throws an Error that says what cannot be read.
 */
export async function decodeBatch(topic: string, partition: number, batch: Buffer): Promise<FetchedRecord[]> {
  const attributes = batch.readInt16BE(BATCH.attributes);
  const body = await decompressed(batch.subarray(BATCH.header), NAMES[attributes & COMPRESSION] ?? 'unknown');
  const baseOffset = batch.readBigInt64BE(BATCH.baseOffset);
  const appendTime = (attributes & LOG_APPEND_TIME) !== 0;
  const timestamp = Number(batch.readBigInt64BE(appendTime ? BATCH.maxTimestamp : BATCH.baseTimestamp));
  const count = batch.readInt32BE(BATCH.records);
  const cursor = new VarintCursor(body);
  const records: FetchedRecord[] = [];
  for (let index = 0; index < count; index += 1) {
    const length = cursor.varint();
    const end = cursor.at + length;
    cursor.at += 1; // attributes, unused so far
    const timestampDelta = cursor.varint();
    const offset = baseOffset + BigInt(cursor.varint());
    const keyLength = cursor.varint();
    const keyAt = cursor.at;
    if (keyLength > 0) cursor.at += keyLength;
    const valueLength = cursor.varint();
    const valueAt = cursor.at;
    if (valueLength > 0) cursor.at += valueLength;
    const headersAt = cursor.at;
    skipHeaders(cursor, end);
    if (cursor.at !== end || end > body.length) throw new Error(`record ${index} is not as long as it says`);
    records.push(
      new FetchedRecord({
        topic,
        partition,
        offset,
        timestamp: appendTime ? timestamp : timestamp + timestampDelta,
        bytes: body,
        keyAt: keyLength < 0 ? -1 : keyAt,
        keyEnd: keyAt + keyLength,
        valueAt: valueLength < 0 ? -1 : valueAt,
        valueEnd: valueAt + valueLength,
        headersAt,
        headersEnd: end,
      }),
    );
  }
  return records;
}

function skipHeaders(cursor: VarintCursor, end: number): void {
  const count = cursor.varint();
  for (let texts = 2 * count; texts > 0 && cursor.at < end; texts -= 1) {
    const length = cursor.varint();
    if (length > 0) cursor.at += length;
  }
}

async function decompressed(body: Buffer, compression: string): Promise<Buffer> {
  if (compression === 'none') return body;
  const decompress = DECOMPRESS[compression];
  if (decompress === undefined)
    throw new Error(`its compression is ${compression}; only none, gzip and zstd can be read`);
  return decompress(body);
}
