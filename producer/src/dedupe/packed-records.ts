import { HEADERS } from '@tributary/api';
import { FieldWriter, type PackedContent } from '@tributary/kafka';
import { DIGEST_CHARS } from '../extract/digest.ts';
import type { FeedRecord } from '../extract/record.ts';
import { DIGEST_WORDS, IDENTITY_WORDS, readDigests } from './seen-table.ts';

/** Of one record: where its key and its value begin and end, where its headers begin and end; its digests follow. */
const PLACES = 6;
const FIRST_BYTES_OF_RECORD = 320;
const MOST_FIRST_BYTES = 1024 * 1024;
const FIRST_RECORDS = 64;
const EMPTY = -1;
/** Of its buffer. A page that fills less is copied into one that fits. */
const WELL_FILLED = 0.75;

/**
 * Records of a page as the bytes that go to Kafka. A page waits for the one before it, and as objects, some twenty for each
 * record, it would be copied by every collection of garbage until then: that was a third of what a page cost.
 */
export class PackedRecords {
  readonly #writer: FieldWriter;
  #places: Int32Array;
  /** Digests of each, as the dedupe table knows it by. */
  words: Int32Array;
  /** Event times in milliseconds since the epoch; as old as can be where there is none. */
  #times: Float64Array;
  /** Packed, of which some may have been replaced since. */
  #packed = 0;
  /** The one to take at each place. */
  #order: Int32Array;
  #length = 0;
  /** Where the first with the same digest stands in the order, by open addressing. */
  #index: Int32Array;

  /** `expected` is how many there will be, as far as is known. */
  constructor(expected: number) {
    const many = Math.max(FIRST_RECORDS, expected);
    this.#writer = new FieldWriter(Math.min(MOST_FIRST_BYTES, many * FIRST_BYTES_OF_RECORD));
    this.#places = new Int32Array(many * PLACES);
    this.words = new Int32Array(many * DIGEST_WORDS);
    this.#times = new Float64Array(many);
    this.#order = new Int32Array(many);
    this.#index = new Int32Array(2 ** Math.ceil(Math.log2(many * 2))).fill(EMPTY);
  }

  /** Taken in memory, for as long as it is kept. */
  get bytes(): number {
    const numbers = [this.#places, this.words, this.#times, this.#order, this.#index];
    return numbers.reduce((sum, { byteLength }) => sum + byteLength, this.#writer.buffer.length);
  }

  get length(): number {
    return this.#length;
  }

  /** The n-th, from the end where `index` is negative. */
  at(index: number): PackedRecord | undefined {
    const place = index < 0 ? this.#length + index : index;
    return place < 0 || place >= this.#length
      ? undefined
      : new PackedRecord(this, this.#order[place] as number);
  }

  *[Symbol.iterator](): Generator<PackedRecord> {
    for (let index = 0; index < this.#length; index += 1)
      yield new PackedRecord(this, this.#order[index] as number);
  }

  /** Takes the place of one with the same identity. */
  add({ key, value, eventTime, identity, hash }: FeedRecord): void {
    if (this.#packed === this.#times.length) this.#grow();
    const writer = this.#writer;
    const at = this.#packed * PLACES;
    const places = this.#places;
    places[at] = writer.at;
    writer.field(key);
    places[at + 1] = writer.at;
    writer.field(value);
    places[at + 2] = writer.at;
    writer.field(HEADERS.eventTime);
    places[at + 3] = writer.at;
    writer.field(eventTime);
    places[at + 4] = writer.at;
    writer.latin1(identity);
    writer.latin1(hash);
    places[at + 5] = writer.at;
    readDigests(identity, hash, this.words, this.#packed * DIGEST_WORDS);
    this.#times[this.#packed] = eventTime === '' ? -Infinity : Date.parse(eventTime);
    this.#put(this.#packed);
    this.#packed += 1;
  }

  /** Oldest event first; those of the same time in the order in which they were added. Nothing is to be added afterwards. */
  sort(): void {
    const [order, times] = [this.#order.subarray(0, this.#length), this.#times];
    const older = (a: number, b: number): number => {
      const [first, second] = [times[a] as number, times[b] as number];
      return first < second ? -1 : first > second ? 1 : 0;
    };
    let sorted = true;
    for (let place = 1; place < order.length && sorted; place += 1)
      sorted = older(order[place - 1] as number, order[place] as number) <= 0;
    if (!sorted) order.sort(older);
    this.#writer.trim(WELL_FILLED);
  }

  /** Of a record by the number that it was packed under. */
  content(packed: number): PackedContent {
    const at = packed * PLACES;
    const places = this.#places;
    return {
      bytes: this.#writer.buffer,
      from: places[at] as number,
      headersFrom: places[at + 2] as number,
      to: places[at + 4] as number,
      headers: 1,
    };
  }

  /** Of its content. */
  bytesOf(packed: number): number {
    const at = packed * PLACES;
    return (this.#places[at + 4] as number) - (this.#places[at] as number);
  }

  /** A field of it as text. */
  text(packed: number, field: 'key' | 'value' | 'eventTime'): string {
    const place = packed * PLACES + { key: 0, value: 1, eventTime: 3 }[field];
    const { buffer } = this.#writer;
    let from = this.#places[place] as number;
    while ((buffer[from] as number) > 127) from += 1; // its length
    return buffer.toString('utf8', from + 1, this.#places[place + 1]);
  }

  time(packed: number): number {
    return this.#times[packed] as number;
  }

  /** Identity and hash, one behind the other. */
  digests(packed: number): string {
    const at = packed * PLACES;
    return this.#writer.buffer.toString('latin1', this.#places[at + 4], this.#places[at + 5]);
  }

  #put(packed: number): void {
    const [{ words }, index, order] = [this, this.#index, this.#order];
    const mask = index.length - 1;
    const at = packed * DIGEST_WORDS;
    let slot = (words[at + 1] as number) & mask;
    for (; index[slot] !== EMPTY; slot = (slot + 1) & mask) {
      const place = index[slot] as number;
      if (!this.#same(at, (order[place] as number) * DIGEST_WORDS)) continue;
      order[place] = packed;
      return;
    }
    index[slot] = this.#length;
    order[this.#length] = packed;
    this.#length += 1;
  }

  #same(a: number, b: number): boolean {
    const { words } = this;
    for (let word = 0; word < IDENTITY_WORDS; word += 1)
      if (words[a + word] !== words[b + word]) return false;
    return true;
  }

  #grow(): void {
    const many = this.#times.length * 2;
    this.#places = grown(this.#places, new Int32Array(many * PLACES));
    this.words = grown(this.words, new Int32Array(many * DIGEST_WORDS));
    this.#times = grown(this.#times, new Float64Array(many));
    const order = this.#order.subarray(0, this.#length);
    this.#order = new Int32Array(many);
    this.#index = new Int32Array(this.#index.length * 2).fill(EMPTY);
    this.#length = 0;
    for (const packed of order) this.#put(packed);
  }
}

function grown<T extends Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** One of them, read again from its bytes by whoever asks. */
export class PackedRecord implements FeedRecord {
  readonly #page: PackedRecords;
  readonly #at: number;

  constructor(page: PackedRecords, at: number) {
    this.#page = page;
    this.#at = at;
  }

  get words(): Int32Array {
    return this.#page.words;
  }

  /** Where those of this record begin. */
  get wordsAt(): number {
    return this.#at * DIGEST_WORDS;
  }

  get key(): string {
    return this.#page.text(this.#at, 'key');
  }

  get value(): string {
    return this.#page.text(this.#at, 'value');
  }

  get eventTime(): string {
    return this.#page.text(this.#at, 'eventTime');
  }

  get identity(): string {
    return this.#page.digests(this.#at).slice(0, DIGEST_CHARS);
  }

  get hash(): string {
    return this.#page.digests(this.#at).slice(DIGEST_CHARS);
  }

  /** Event time in milliseconds since the epoch; NaN where there is none. */
  get time(): number {
    const time = this.#page.time(this.#at);
    return time === -Infinity ? Number.NaN : time;
  }

  get packedBytes(): number {
    return this.#page.bytesOf(this.#at);
  }

  get packed(): PackedContent {
    return this.#page.content(this.#at);
  }

  /** Of columns that are not declared too. */
  get cells(): ReadonlyMap<string, string | null> {
    return new Map(Object.entries(JSON.parse(this.value) as Record<string, string | null>));
  }
}
