import type { OutgoingRecord, PackedContent } from '@tributary/kafka';
import { DIGEST_CHARS } from '../extract/digest.ts';
import type { FeedRecord } from '../extract/record.ts';
import { DIGEST_WORDS } from '../dedupe/seen-table.ts';

/**
 * Of one record: where its key, its value, and name and value of its header begin, then key and value of what is remembered
 * of it, then its digests; and where it ends.
 */
export const PLACES = 8;
/** Of a record's fields within its places. */
const FIELDS = { key: 0, value: 1, eventTime: 3, stateKey: 4, stateValue: 5 };
const [HEADERS_AT, STATE_AT, DIGESTS_AT, END_AT] = [2, 4, 6, 7];

/** What records of a page are made of: each array has its own memory, so that it can go to another thread. */
export interface PackedParts {
  /** Keys, values and headers as a record batch has them, of each record and of what is remembered of it; and its digests as text. */
  readonly content: Uint8Array<ArrayBuffer>;
  /** PLACES of each record in its content. */
  readonly places: Int32Array<ArrayBuffer>;
  /** Digests of each, as the dedupe table knows it by. */
  readonly words: Int32Array<ArrayBuffer>;
  /** Event times in milliseconds since the epoch; as old as can be where there is none. */
  readonly times: Float64Array<ArrayBuffer>;
  /** Which record to take at each place. */
  readonly order: Int32Array<ArrayBuffer>;
  /** Of what is remembered; undefined where the page has nothing of that. */
  readonly generation: number | undefined;
}

/**
 * Records of a page as the bytes that go to Kafka. A page waits for the one before it, and as objects, some twenty for each
 * record, it would be copied by every collection of garbage until then: that was a third of what a page cost.
 */
export class PackedRecords {
  readonly #parts: PackedParts;
  readonly #content: Buffer;
  #released = false;

  constructor(parts: PackedParts) {
    this.#parts = parts;
    this.#content = bufferOf(parts.content);
  }

  /** Taken in memory, for as long as it is kept. */
  get bytes(): number {
    return this.buffers.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** What it is made of. Whoever moves its memory elsewhere has it from then on. */
  get parts(): PackedParts {
    if (this.#released) throw new TypeError('the records of this page have been given back');
    return this.#parts;
  }

  /** The memory of its parts. */
  get buffers(): ArrayBuffer[] {
    const { content, places, words, times, order } = this.parts;
    return [content, places, words, times, order].map(({ buffer }) => buffer);
  }

  get length(): number {
    return this.parts.order.length;
  }

  get words(): Int32Array {
    return this.parts.words;
  }

  /** The n-th, from the end where `index` is negative. */
  at(index: number): PackedRecord | undefined {
    const packed = this.parts.order.at(index);
    return packed === undefined ? undefined : this.of(packed);
  }

  *[Symbol.iterator](): Generator<PackedRecord> {
    for (const packed of this.parts.order) yield this.of(packed);
  }

  /**
   * Gives the memory back now: a page lives longer than a collection of the young, and would wait for one of the old. To read
   * one of its records afterwards throws.
   */
  release(): void {
    for (const buffer of this.buffers) buffer.transfer(0);
    this.#released = true;
  }

  /** One by the number that it was packed under, as the order has them. */
  of(packed: number): PackedRecord {
    return new PackedRecord(this, packed);
  }

  /** Of a record by the number that it was packed under. */
  content(packed: number): PackedContent {
    const at = packed * PLACES;
    const { places } = this.parts;
    return {
      bytes: this.#content,
      from: places[at] as number,
      headersFrom: places[at + HEADERS_AT] as number,
      to: places[at + STATE_AT] as number,
      headers: 1,
    };
  }

  /** What is remembered of it. */
  stateContent(packed: number): PackedContent {
    const at = packed * PLACES;
    const { places } = this.parts;
    const to = places[at + DIGESTS_AT] as number;
    return { bytes: this.#content, from: places[at + STATE_AT] as number, headersFrom: to, to, headers: 0 };
  }

  /** Of its content, and of what is remembered of it. */
  bytesOf(packed: number): number {
    const at = packed * PLACES;
    const { places } = this.parts;
    return (places[at + DIGESTS_AT] as number) - (places[at] as number);
  }

  /** A field of it as text. */
  text(packed: number, field: keyof typeof FIELDS): string {
    const place = packed * PLACES + FIELDS[field];
    const { places } = this.parts;
    let from = places[place] as number;
    while ((this.#content[from] as number) > 127) from += 1; // its length
    return this.#content.toString('utf8', from + 1, places[place + 1]);
  }

  /** Event time in milliseconds since the epoch; NaN where there is none. */
  time(packed: number): number {
    const time = this.parts.times[packed] as number;
    return time === -Infinity ? Number.NaN : time;
  }

  /** Where its digests begin. */
  wordsAt(packed: number): number {
    return packed * DIGEST_WORDS;
  }

  /** Identity and hash, one behind the other. */
  digests(packed: number): string {
    const at = packed * PLACES;
    const { places } = this.parts;
    return this.#content.toString('latin1', places[at + DIGESTS_AT], places[at + END_AT]);
  }
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** One of them, read again from its bytes by whoever asks. */
export class PackedRecord implements FeedRecord {
  readonly #page: PackedRecords;
  readonly #at: number;

  constructor(page: PackedRecords, at: number) {
    this.#page = page;
    this.#at = at;
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
    return this.#page.time(this.#at);
  }

  get packed(): PackedContent {
    return this.#page.content(this.#at);
  }

  /** What is to be remembered of it in a topic, where it was packed for this generation. */
  stateFor(topic: string, generation: number): OutgoingRecord | undefined {
    if (this.#page.parts.generation !== generation) return undefined;
    return new PackedState(topic, this.#page, this.#at);
  }

  /** Of columns that are not declared too. */
  get cells(): ReadonlyMap<string, string | null> {
    return new Map(Object.entries(JSON.parse(this.value) as Record<string, string | null>));
  }
}

class PackedState implements OutgoingRecord {
  readonly topic: string;
  readonly packed: PackedContent;
  readonly #page: PackedRecords;
  readonly #at: number;

  constructor(topic: string, page: PackedRecords, at: number) {
    this.topic = topic;
    this.packed = page.stateContent(at);
    this.#page = page;
    this.#at = at;
  }

  get key(): string {
    return this.#page.text(this.#at, 'stateKey');
  }

  get value(): string {
    return this.#page.text(this.#at, 'stateValue');
  }
}
