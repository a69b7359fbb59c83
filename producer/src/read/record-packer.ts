import { HEADERS } from '@tributary/api';
import { FieldWriter } from '@tributary/kafka';
import type { FeedRecord } from '../extract/record.ts';
import { PackedRecords, PLACES } from './packed-records.ts';
import { DIGEST_WORDS, IDENTITY_WORDS, readDigests } from '../dedupe/seen-table.ts';
import { SEEN, seenText } from '../dedupe/seen-text.ts';

const FIRST_BYTES_OF_RECORD = 400;
const MOST_FIRST_BYTES = 1024 * 1024;
const FIRST_RECORDS = 64;
const EMPTY = -1;
/** Of its buffer. A page that fills less is copied into one that fits. */
const WELL_FILLED = 0.75;

/** Generation and kind of the feed, on which it depends what is remembered of a record. */
export interface Remembered {
  readonly generation: number;
  readonly snapshot: boolean;
}

/** Packs the records of a page, one after the other. */
export class RecordPacker {
  readonly #remembered: Remembered | undefined;
  readonly #writer: FieldWriter;
  #places: Int32Array<ArrayBuffer>;
  #words: Int32Array<ArrayBuffer>;
  #times: Float64Array<ArrayBuffer>;
  /** Packed, of which some may have been replaced since. */
  #packed = 0;
  /** The one to take at each place. */
  #order: Int32Array<ArrayBuffer>;
  #length = 0;
  /** Where the first with the same digest stands in the order, by open addressing. */
  #index: Int32Array;

  /** `expected` is how many there will be, as far as is known. */
  constructor(expected: number, remembered?: Remembered) {
    this.#remembered = remembered;
    const many = Math.max(FIRST_RECORDS, expected);
    this.#writer = new FieldWriter(Math.min(MOST_FIRST_BYTES, many * FIRST_BYTES_OF_RECORD));
    this.#places = new Int32Array(many * PLACES);
    this.#words = new Int32Array(many * DIGEST_WORDS);
    this.#times = new Float64Array(many);
    this.#order = new Int32Array(many);
    this.#index = new Int32Array(2 ** Math.ceil(Math.log2(many * 2))).fill(EMPTY);
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
    const time = eventTime === '' ? Number.NaN : Date.parse(eventTime);
    places[at + 4] = writer.at;
    if (this.#remembered !== undefined) {
      const { generation, snapshot } = this.#remembered;
      writer.field(SEEN + identity);
      places[at + 5] = writer.at;
      writer.field(seenText({ hash, time, generation, key: snapshot ? key : undefined }));
    }
    places[at + 6] = writer.at;
    writer.latin1(identity);
    writer.latin1(hash);
    places[at + 7] = writer.at;
    readDigests(identity, hash, this.#words, this.#packed * DIGEST_WORDS);
    this.#times[this.#packed] = Number.isNaN(time) ? -Infinity : time;
    this.#put(this.#packed);
    this.#packed += 1;
  }

  /** Oldest event first; those of the same time in the order in which they were added. Nothing is to be added afterwards. */
  packed(): PackedRecords {
    this.#writer.trim(WELL_FILLED);
    const { buffer, byteOffset } = this.#writer.buffer;
    return new PackedRecords({
      content: new Uint8Array(buffer as ArrayBuffer, byteOffset, this.#writer.at),
      places: this.#places,
      words: this.#words,
      times: this.#times,
      order: this.#sorted(),
      generation: this.#remembered?.generation,
    });
  }

  #sorted(): Int32Array<ArrayBuffer> {
    const [order, times] = [this.#order.subarray(0, this.#length), this.#times];
    const older = (a: number, b: number): number => {
      const [first, second] = [times[a] as number, times[b] as number];
      return first < second ? -1 : first > second ? 1 : 0;
    };
    let sorted = true;
    for (let place = 1; place < order.length && sorted; place += 1)
      sorted = older(order[place - 1] as number, order[place] as number) <= 0;
    return sorted ? order : order.sort(older);
  }

  #put(packed: number): void {
    const [words, index, order] = [this.#words, this.#index, this.#order];
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
    const words = this.#words;
    for (let word = 0; word < IDENTITY_WORDS; word += 1)
      if (words[a + word] !== words[b + word]) return false;
    return true;
  }

  #grow(): void {
    const many = this.#times.length * 2;
    this.#places = grown(this.#places, new Int32Array(many * PLACES));
    this.#words = grown(this.#words, new Int32Array(many * DIGEST_WORDS));
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
