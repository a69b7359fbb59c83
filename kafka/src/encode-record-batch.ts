import { crc32c } from './crc32c.ts';
import type { OutgoingRecord } from './records.ts';

/** Whose batch it is, and where it stands in the producer's sequence on its partition. */
export interface BatchOrigin {
  readonly producerId: bigint;
  readonly epoch: number;
  readonly firstSequence: number;
  /** Milliseconds since the epoch, for all records of the batch. */
  readonly timestamp: number;
}

/** Fixed part of a batch (magic 2) up to the first record. */
const HEADER_BYTES = 61;
const LENGTH_FROM = 12;
const CRC_AT = 17;
const CRC_FROM = 21;
const MAGIC = 2;
const TRANSACTIONAL = 0x10;
const NULL_LENGTH = 1; // -1 in zigzag

/**
 * One transactional record batch as it goes over the wire. kafkajs makes several buffers for every record, which was most
 * of what publishing cost; here one buffer holds them all.
 */
export function encodeRecordBatch(records: readonly OutgoingRecord[], origin: BatchOrigin): Buffer {
  const sizes = records.map(bodySize);
  const total = sizes.reduce((sum, size) => sum + size + varintSize(size << 1), HEADER_BYTES);
  const writer = new BatchWriter(Buffer.allocUnsafe(total));
  writer.header(records.length, origin);
  for (const [index, record] of records.entries()) writer.record(record, index, sizes[index] ?? 0);
  return writer.finish();
}

/** Bytes of a record behind its length. */
function bodySize(record: OutgoingRecord, index: number): number {
  const { key, value, headers } = record;
  let size = 2 + varintSize(index << 1) + fieldSize(key) + fieldSize(value);
  let count = 0;
  for (const name in headers) {
    size += fieldSize(name) + fieldSize(headers[name] ?? '');
    count += 1;
  }
  return size + varintSize(count << 1);
}

function fieldSize(text: string | null): number {
  if (text === null) return 1;
  const bytes = Buffer.byteLength(text);
  return varintSize(bytes << 1) + bytes;
}

/** Of a number that is not negative, zigzag already applied. */
function varintSize(zigzag: number): number {
  let size = 1;
  for (let rest = zigzag >>> 7; rest !== 0; rest >>>= 7) size += 1;
  return size;
}

class BatchWriter {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  header(count: number, { producerId, epoch, firstSequence, timestamp }: BatchOrigin): void {
    const buffer = this.#buffer;
    buffer.writeBigInt64BE(0n, 0);
    buffer.writeInt32BE(buffer.length - LENGTH_FROM, 8);
    buffer.writeInt32BE(0, 12); // leader epoch: the broker's to fill
    buffer.writeInt8(MAGIC, 16);
    buffer.writeInt16BE(TRANSACTIONAL, CRC_FROM);
    buffer.writeInt32BE(count - 1, 23);
    buffer.writeBigInt64BE(BigInt(timestamp), 27);
    buffer.writeBigInt64BE(BigInt(timestamp), 35);
    buffer.writeBigInt64BE(producerId, 43);
    buffer.writeInt16BE(epoch, 51);
    buffer.writeInt32BE(firstSequence, 53);
    buffer.writeInt32BE(count, 57);
    this.#at = HEADER_BYTES;
  }

  record({ key, value, headers }: OutgoingRecord, index: number, size: number): void {
    this.#varint(size << 1);
    this.#byte(0); // attributes
    this.#byte(0); // timestamp delta
    this.#varint(index << 1);
    this.#field(key);
    this.#field(value);
    const names = headers === undefined ? [] : Object.keys(headers);
    this.#varint(names.length << 1);
    for (const name of names) {
      this.#field(name);
      this.#field(headers?.[name] ?? '');
    }
  }

  finish(): Buffer {
    if (this.#at !== this.#buffer.length)
      throw new RangeError(`a record batch of ${this.#buffer.length} bytes was filled to ${this.#at}`);
    this.#buffer.writeUInt32BE(crc32c(this.#buffer.subarray(CRC_FROM)), CRC_AT);
    return this.#buffer;
  }

  #byte(value: number): void {
    this.#buffer[this.#at] = value;
    this.#at += 1;
  }

  #varint(zigzag: number): void {
    let rest = zigzag;
    while (rest > 127) {
      this.#byte((rest & 127) | 128);
      rest >>>= 7;
    }
    this.#byte(rest);
  }

  /** A text behind its length. */
  #field(text: string | null): void {
    if (text === null) {
      this.#byte(NULL_LENGTH);
      return;
    }
    const bytes = Buffer.byteLength(text);
    this.#varint(bytes << 1);
    this.#buffer.write(text, this.#at, bytes, 'utf8');
    this.#at += bytes;
  }
}
