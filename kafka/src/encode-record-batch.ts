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
const LONGEST_VARINT = 5;
const MOST_BYTES_PER_CHAR = 3;
const HEADER_GUESS = 48;

/**
 * One transactional record batch as it goes over the wire. kafkajs makes several buffers for every record, which was most
 * of what publishing cost; here one buffer holds them all, and every text is looked at once: its length is guessed from
 * its characters, and what follows is moved in the rare case that the guess was short.
 */
export function encodeRecordBatch(records: readonly OutgoingRecord[], origin: BatchOrigin): Buffer {
  let guess = HEADER_BYTES;
  for (const { key, value } of records)
    guess += (key?.length ?? 0) + (value?.length ?? 0) + 2 * LONGEST_VARINT + HEADER_GUESS;
  const writer = new BatchWriter(guess);
  for (const [index, record] of records.entries()) writer.record(record, index);
  return writer.finish(records.length, origin);
}

/** Of a number that is not negative, zigzag already applied. */
function varintSize(zigzag: number): number {
  let size = 1;
  for (let rest = zigzag >>> 7; rest !== 0; rest >>>= 7) size += 1;
  return size;
}

type Headers = NonNullable<OutgoingRecord['headers']>;

class BatchWriter {
  #buffer: Buffer;
  #at = HEADER_BYTES;
  /** Headers that many records share, as they were encoded for the record before. */
  #shared: { headers: Headers; bytes: Buffer; count: number } | undefined;

  constructor(guess: number) {
    this.#buffer = Buffer.allocUnsafe(guess);
  }

  record({ key, value, headers, sharedHeaders }: OutgoingRecord, index: number): void {
    const shared = sharedHeaders === undefined ? undefined : this.#encoded(sharedHeaders);
    this.#ensure(2 * LONGEST_VARINT + 2);
    const lengthAt = this.#at;
    const guess = 2 + (key?.length ?? 0) + (value?.length ?? 0) + (shared?.bytes.length ?? 0) + HEADER_GUESS;
    const reserved = varintSize(guess << 1);
    this.#at += reserved;
    this.#byte(0); // attributes
    this.#byte(0); // timestamp delta
    this.#varint(index << 1);
    this.#field(key);
    this.#field(value);
    const names = headers === undefined ? [] : Object.keys(headers);
    this.#varint((names.length + (shared?.count ?? 0)) << 1);
    if (shared !== undefined) this.#bytes(shared.bytes);
    for (const name of names) {
      this.#field(name);
      this.#field(headers?.[name] ?? '');
    }
    this.#putLength(lengthAt, reserved);
  }

  finish(count: number, { producerId, epoch, firstSequence, timestamp }: BatchOrigin): Buffer {
    const buffer = this.#buffer.subarray(0, this.#at);
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
    buffer.writeUInt32BE(crc32c(buffer.subarray(CRC_FROM)), CRC_AT);
    return buffer;
  }

  #encoded(headers: Headers): { bytes: Buffer; count: number } {
    if (this.#shared?.headers === headers) return this.#shared;
    const from = this.#at;
    const names = Object.keys(headers);
    for (const name of names) {
      this.#field(name);
      this.#field(headers[name] ?? '');
    }
    const bytes = Buffer.from(this.#buffer.subarray(from, this.#at));
    this.#at = from;
    this.#shared = { headers, bytes, count: names.length };
    return this.#shared;
  }

  /** Room for so many more bytes. */
  #ensure(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }

  #byte(value: number): void {
    this.#buffer[this.#at] = value;
    this.#at += 1;
  }

  #varint(zigzag: number): void {
    this.#ensure(LONGEST_VARINT);
    let rest = zigzag;
    while (rest > 127) {
      this.#byte((rest & 127) | 128);
      rest >>>= 7;
    }
    this.#byte(rest);
  }

  #bytes(bytes: Buffer): void {
    this.#ensure(bytes.length);
    bytes.copy(this.#buffer, this.#at);
    this.#at += bytes.length;
  }

  /** A text behind its length. */
  #field(text: string | null): void {
    this.#ensure(LONGEST_VARINT + (text?.length ?? 0) * MOST_BYTES_PER_CHAR);
    if (text === null) {
      this.#byte(NULL_LENGTH);
      return;
    }
    const lengthAt = this.#at;
    const reserved = varintSize(text.length << 1);
    this.#at = lengthAt + reserved;
    this.#at += this.#buffer.write(text, this.#at, 'utf8');
    this.#putLength(lengthAt, reserved);
  }

  /** Writes how much stands behind the room that was reserved for it, and makes that room fit. */
  #putLength(lengthAt: number, reserved: number): void {
    const from = lengthAt + reserved;
    const length = this.#at - from;
    const needed = varintSize(length << 1);
    if (needed !== reserved) {
      this.#ensure(LONGEST_VARINT);
      this.#buffer.copyWithin(lengthAt + needed, from, from + length);
    }
    this.#at = lengthAt;
    this.#varint(length << 1);
    this.#at += length;
  }
}
