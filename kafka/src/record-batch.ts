import { crc32c } from './crc32c.ts';
import { FieldWriter } from './field-writer.ts';
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
const HEADER_GUESS = 48;

type Headers = NonNullable<OutgoingRecord['headers']>;

/**
 * A transactional record batch in the making, as it goes over the wire. kafkajs makes several buffers for every record, which
 * was most of what publishing cost; here one buffer holds them all.
 */
export class RecordBatch {
  readonly #writer: FieldWriter;
  /** Headers that many records share, as they were encoded for the record before. */
  #shared: { headers: Headers; bytes: Buffer; count: number } | undefined;
  #count = 0;

  /** `guess` is how many bytes it will have, as far as is known, or a buffer for them. */
  constructor(guess: number | Buffer) {
    this.#writer = new FieldWriter(guess, HEADER_BYTES);
  }

  get count(): number {
    return this.#count;
  }

  /** So far. */
  get bytes(): number {
    return this.#writer.at;
  }

  /** False, and nothing is added, where the batch would have more than `most` bytes; one record alone may. */
  add(record: OutgoingRecord, most = Infinity): boolean {
    const { packed, sharedHeaders } = record;
    const writer = this.#writer;
    const before = writer.at;
    const shared = sharedHeaders === undefined ? undefined : this.#encoded(sharedHeaders);
    const guess = 2 + contentGuess(record) + (shared?.bytes.length ?? 0) + HEADER_GUESS;
    const lengthAt = writer.reserve(guess);
    writer.byte(0); // attributes
    writer.byte(0); // timestamp delta
    writer.varint(this.#count << 1);
    if (packed === undefined) this.#written(record, shared);
    else {
      writer.bytes(packed.bytes, packed.from, packed.headersFrom);
      writer.varint((packed.headers + (shared?.count ?? 0)) << 1);
      if (shared !== undefined) writer.bytes(shared.bytes);
      writer.bytes(packed.bytes, packed.headersFrom, packed.to);
    }
    writer.putLength(lengthAt, guess);
    if (writer.at > most && this.#count > 0) {
      writer.at = before;
      return false;
    }
    this.#count += 1;
    return true;
  }

  finish({ producerId, epoch, firstSequence, timestamp }: BatchOrigin): Buffer {
    const buffer = this.#writer.buffer.subarray(0, this.#writer.at);
    buffer.writeBigInt64BE(0n, 0);
    buffer.writeInt32BE(buffer.length - LENGTH_FROM, 8);
    buffer.writeInt32BE(0, 12); // leader epoch: the broker's to fill
    buffer.writeInt8(MAGIC, 16);
    buffer.writeInt16BE(TRANSACTIONAL, CRC_FROM);
    buffer.writeInt32BE(this.#count - 1, 23);
    buffer.writeBigInt64BE(BigInt(timestamp), 27);
    buffer.writeBigInt64BE(BigInt(timestamp), 35);
    buffer.writeBigInt64BE(producerId, 43);
    buffer.writeInt16BE(epoch, 51);
    buffer.writeInt32BE(firstSequence, 53);
    buffer.writeInt32BE(this.#count, 57);
    buffer.writeUInt32BE(crc32c(buffer.subarray(CRC_FROM)), CRC_AT);
    return buffer;
  }

  #written(
    { key, value, headers }: OutgoingRecord,
    shared: { bytes: Buffer; count: number } | undefined,
  ): void {
    const writer = this.#writer;
    writer.field(key);
    writer.field(value);
    const names = headers === undefined ? [] : Object.keys(headers);
    writer.varint((names.length + (shared?.count ?? 0)) << 1);
    if (shared !== undefined) writer.bytes(shared.bytes);
    for (const name of names) {
      writer.field(name);
      writer.field(headers?.[name] ?? '');
    }
  }

  #encoded(headers: Headers): { bytes: Buffer; count: number } {
    if (this.#shared?.headers === headers) return this.#shared;
    const writer = this.#writer;
    const from = writer.at;
    const names = Object.keys(headers);
    for (const name of names) {
      writer.field(name);
      writer.field(headers[name] ?? '');
    }
    const bytes = Buffer.from(writer.buffer.subarray(from, writer.at));
    writer.at = from;
    this.#shared = { headers, bytes, count: names.length };
    return this.#shared;
  }
}

function contentGuess(record: OutgoingRecord): number {
  const { packed } = record;
  if (packed !== undefined) return packed.to - packed.from;
  return (record.key?.length ?? 0) + (record.value?.length ?? 0);
}
