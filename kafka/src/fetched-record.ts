import type { KafkaRecord } from './records.ts';
import { VarintCursor } from './varint-cursor.ts';

const NO_HEADERS: ReadonlyMap<string, string> = new Map();

/** Where a record and its parts lie; lengths are not needed where the end is known. */
export interface RecordParts {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: number;
  /** What the positions below are of: all records of a batch lie in the same bytes. */
  readonly bytes: Buffer;
  /** -1 where there is none. */
  readonly keyAt: number;
  readonly keyEnd: number;
  /** -1 for a tombstone. */
  readonly valueAt: number;
  readonly valueEnd: number;
  /** Their count, then name and value of each, every text behind its length. */
  readonly headersAt: number;
  readonly headersEnd: number;
}

/**
 * A record that stays where it was fetched: its parts are made when they are asked for, and who works on bytes needs none
 * of them. A million records are read a few microseconds each; objects for all their parts would cost more than the rest.
 */
export class FetchedRecord implements KafkaRecord, RecordParts {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestamp: number;
  readonly bytes: Buffer;
  readonly keyAt: number;
  readonly keyEnd: number;
  readonly valueAt: number;
  readonly valueEnd: number;
  readonly headersAt: number;
  readonly headersEnd: number;
  #headers: ReadonlyMap<string, string> | undefined;

  constructor(parts: RecordParts) {
    this.topic = parts.topic;
    this.partition = parts.partition;
    this.offset = parts.offset;
    this.timestamp = parts.timestamp;
    this.bytes = parts.bytes;
    this.keyAt = parts.keyAt;
    this.keyEnd = parts.keyEnd;
    this.valueAt = parts.valueAt;
    this.valueEnd = parts.valueEnd;
    this.headersAt = parts.headersAt;
    this.headersEnd = parts.headersEnd;
  }

  get key(): Buffer | null {
    return this.keyAt < 0 ? null : this.bytes.subarray(this.keyAt, this.keyEnd);
  }

  get value(): Buffer | null {
    return this.valueAt < 0 ? null : this.bytes.subarray(this.valueAt, this.valueEnd);
  }

  get headers(): ReadonlyMap<string, string> {
    this.#headers ??= readHeaders(new VarintCursor(this.bytes, this.headersAt));
    return this.#headers;
  }

  /** Where the value of a header lies in `bytes`; of a repeated header the last one. */
  headerValue(name: string): { readonly at: number; readonly end: number } | undefined {
    const cursor = new VarintCursor(this.bytes, this.headersAt);
    let found: { at: number; end: number } | undefined;
    for (let left = cursor.varint(); left > 0; left -= 1) {
      const isWanted = cursor.text() === name;
      const length = Math.max(0, cursor.varint());
      if (isWanted) found = { at: cursor.at, end: cursor.at + length };
      cursor.at += length;
    }
    return found;
  }
}

function readHeaders(cursor: VarintCursor): ReadonlyMap<string, string> {
  const count = cursor.varint();
  if (count <= 0) return NO_HEADERS;
  const headers = new Map<string, string>();
  for (let index = 0; index < count; index += 1) {
    const name = cursor.text();
    headers.set(name, cursor.text());
  }
  return headers;
}
