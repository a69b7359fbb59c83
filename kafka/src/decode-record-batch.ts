import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import type { KafkaRecord } from './records.ts';

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

const NO_HEADERS: ReadonlyMap<string, string> = new Map();
const NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const DECOMPRESS: Readonly<Record<string, (bytes: Buffer) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  zstd: promisify(zstdDecompress),
};

/**
 * The records of one batch of format 2. kafkajs decodes them too, at three times the cost: see
 * docs/decisions/tuned-landing-path.md. Throws an Error that says what cannot be read.
 */
export async function decodeBatch(topic: string, partition: number, batch: Buffer): Promise<KafkaRecord[]> {
  const attributes = batch.readInt16BE(BATCH.attributes);
  const body = await decompressed(batch.subarray(BATCH.header), NAMES[attributes & COMPRESSION] ?? 'unknown');
  const baseOffset = batch.readBigInt64BE(BATCH.baseOffset);
  const appendTime = (attributes & LOG_APPEND_TIME) !== 0;
  const timestamp = Number(batch.readBigInt64BE(appendTime ? BATCH.maxTimestamp : BATCH.baseTimestamp));
  const count = batch.readInt32BE(BATCH.records);
  const cursor = new Cursor(body);
  const records: KafkaRecord[] = [];
  for (let index = 0; index < count; index += 1) {
    const length = cursor.varint();
    const end = cursor.at + length;
    cursor.at += 1; // attributes, unused so far
    const timestampDelta = cursor.varint();
    const offset = baseOffset + BigInt(cursor.varint());
    const key = cursor.bytes();
    const value = cursor.bytes();
    const headers = readHeaders(cursor, end);
    if (cursor.at !== end || end > body.length) throw new Error(`record ${index} is not as long as it says`);
    records.push({
      topic,
      partition,
      offset,
      key,
      value,
      headers,
      timestamp: appendTime ? timestamp : timestamp + timestampDelta,
    });
  }
  return records;
}

async function decompressed(body: Buffer, compression: string): Promise<Buffer> {
  if (compression === 'none') return body;
  const decompress = DECOMPRESS[compression];
  if (decompress === undefined)
    throw new Error(`its compression is ${compression}; only none, gzip and zstd can be read`);
  return decompress(body);
}

class Cursor {
  readonly buffer: Buffer;
  at = 0;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
  }

  /** Zigzag; multiplied rather than shifted, as timestamps may exceed 32 bits. */
  varint(): number {
    let byte = this.buffer[this.at++] ?? 0;
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & 0x7f;
    for (let factor = 0x80; byte >= 0x80; factor *= 0x80) {
      if (this.at >= this.buffer.length) throw new Error('it ends within a number');
      byte = this.buffer[this.at++] ?? 0;
      value += (byte & 0x7f) * factor;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytes(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    this.at += length;
    return this.buffer.subarray(this.at - length, this.at);
  }

  text(): string {
    const length = this.varint();
    if (length <= 0) return '';
    this.at += length;
    return this.buffer.toString('utf8', this.at - length, this.at);
  }
}

/** Values by name; of a repeated header the last one. */
function readHeaders(cursor: Cursor, end: number): ReadonlyMap<string, string> {
  const count = cursor.varint();
  if (count <= 0) return NO_HEADERS;
  const start = cursor.at;
  // One call decodes all of them: where every byte is ASCII, positions are the same in text and bytes.
  const section = cursor.buffer.toString('latin1', start, end);
  const text = ASCII.test(section)
    ? (): string => {
        const length = cursor.varint();
        if (length <= 0) return '';
        cursor.at += length;
        return section.slice(cursor.at - length - start, cursor.at - start);
      }
    : (): string => cursor.text();
  const headers = new Map<string, string>();
  for (let index = 0; index < count; index += 1) {
    const name = text();
    headers.set(name, text());
  }
  return headers;
}

// eslint-disable-next-line no-control-regex -- ASCII begins with a control character
const ASCII = /^[\0-\x7f]*$/;
