/** What was last published for an identity. */
export interface Seen {
  /** Of the content, as `digest` gives it; of more than HASH_CHARS the rest is not kept. */
  hash: string;
  /** Event time in milliseconds since the epoch; NaN where there is none. */
  time: number;
  generation: number;
  /** A dead letter: kept as long as the API goes on returning it. */
  dead?: true | undefined;
  /** Kafka key, for the tombstone of what disappears from a snapshot. */
  key?: string | undefined;
}

/** What is kept of a content's hash, 60 bits: it is only ever compared with that of the same identity. */
export const HASH_CHARS = 10;
/** Digests are base64url, of which five characters fit into a word that stays a small integer. */
const CHARS_PER_WORD = 5;
const ID_WORDS = 4;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const BITS_PER_CHAR = 6;
const BITS_OF = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(0, ALPHABET.indexOf(String.fromCharCode(code))),
);
/** Of one slot: identity, hash, time (a double), mark, and generation with kind: together, so that they are one look into memory. */
const SLOT_WORDS = 10;
const SLOT_DOUBLES = SLOT_WORDS / 2;
const HASH_AT = 4;
const TIME_AT = 3; // in doubles
const MARK_AT = 8;
const KIND_AT = 9;
const KIND_BITS = 2;
const FIRST_SLOTS = 1_024;
const FULL_AT = 0.75;
const GROWTH = 1.6;
const [EMPTY, LIVE, DEAD_LETTER, DELETED] = [0, 1, 2, 3];

/**
 * Identity → what was last published, in 40 bytes a slot: a million identities take some 60 MB, where a map of objects took
 * five times that. Open addressing, with marks for what the present poll has returned.
 */
export class SeenTable {
  #slots = FIRST_SLOTS;
  #words = new Uint32Array(FIRST_SLOTS * SLOT_WORDS);
  #times = new Float64Array(this.#words.buffer);
  /** Only snapshots need keys. */
  readonly #keys = new Map<string, string>();
  #used = 0;
  #size = 0;
  #mark = 1;

  get size(): number {
    return this.#size;
  }

  /** Of all that it keeps beside keys. */
  get bytes(): number {
    return this.#words.byteLength;
  }

  /** From now on nothing is marked. */
  unmark(): void {
    this.#mark += 1;
  }

  /** Marks the identity, where it is known. */
  mark(identity: string): void {
    const slot = this.#find(identity);
    if (slot >= 0) this.#words[slot * SLOT_WORDS + MARK_AT] = this.#mark;
  }

  matches(identity: string, hash: string, generation: number): boolean {
    const slot = this.#find(identity);
    if (slot < 0) return false;
    const at = slot * SLOT_WORDS;
    return (
      this.#words[at + HASH_AT] === wordAt(hash, 0) &&
      this.#words[at + HASH_AT + 1] === wordAt(hash, 1) &&
      this.#word(at + KIND_AT) >>> KIND_BITS === generation
    );
  }

  /** Marks it too. */
  set(identity: string, { hash, time, generation, dead, key }: Seen): void {
    if (this.#used >= this.#slots * FULL_AT) this.#rebuild();
    let slot = this.#find(identity);
    if (slot < 0) {
      slot = ~slot;
      const at = slot * SLOT_WORDS;
      if (this.#kind(slot) === EMPTY) this.#used += 1;
      for (let word = 0; word < ID_WORDS; word += 1) this.#words[at + word] = wordAt(identity, word);
      this.#size += 1;
    }
    const at = slot * SLOT_WORDS;
    this.#words[at + HASH_AT] = wordAt(hash, 0);
    this.#words[at + HASH_AT + 1] = wordAt(hash, 1);
    this.#times[slot * SLOT_DOUBLES + TIME_AT] = time;
    this.#words[at + MARK_AT] = this.#mark;
    this.#words[at + KIND_AT] = (generation << KIND_BITS) | (dead === true ? DEAD_LETTER : LIVE);
    if (key !== undefined) this.#keys.set(identity, key);
  }

  delete(identity: string): void {
    this.#keys.delete(identity);
    const slot = this.#find(identity);
    if (slot < 0) return;
    this.#words[slot * SLOT_WORDS + KIND_AT] = DELETED;
    this.#size -= 1;
  }

  /** Every entry without the mark of the present poll. `time` in milliseconds, NaN where there is none. */
  *unmarked(): Generator<{
    identity: string;
    time: number;
    generation: number;
    dead: boolean;
    key: string | undefined;
  }> {
    for (let slot = 0; slot < this.#slots; slot += 1) {
      const kind = this.#kind(slot);
      const at = slot * SLOT_WORDS;
      if (kind === EMPTY || kind === DELETED || this.#words[at + MARK_AT] === this.#mark) continue;
      const identity = this.#identityAt(at);
      yield {
        identity,
        time: this.#times[slot * SLOT_DOUBLES + TIME_AT] ?? Number.NaN,
        generation: this.#word(at + KIND_AT) >>> KIND_BITS,
        dead: kind === DEAD_LETTER,
        key: this.#keys.get(identity),
      };
    }
  }

  /** The slot of an identity, or the complement of the one to put it in. */
  #find(identity: string): number {
    const [a, b, c, d] = [wordAt(identity, 0), wordAt(identity, 1), wordAt(identity, 2), wordAt(identity, 3)];
    const words = this.#words;
    let free = -1;
    for (let slot = a % this.#slots; ; slot = slot + 1 === this.#slots ? 0 : slot + 1) {
      const kind = this.#kind(slot);
      if (kind === EMPTY) return ~(free < 0 ? slot : free);
      if (kind === DELETED) {
        if (free < 0) free = slot;
        continue;
      }
      const at = slot * SLOT_WORDS;
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) return slot;
    }
  }

  #kind(slot: number): number {
    return this.#word(slot * SLOT_WORDS + KIND_AT) & ((1 << KIND_BITS) - 1);
  }

  /** Every index here is within the table. */
  #word(at: number): number {
    return this.#words[at] as number;
  }

  #identityAt(at: number): string {
    let text = '';
    for (let word = 0; word < ID_WORDS; word += 1) {
      const bits = this.#word(at + word);
      for (let char = CHARS_PER_WORD - 1; char >= 0; char -= 1)
        text += ALPHABET[(bits >>> (char * BITS_PER_CHAR)) & 63];
    }
    return text;
  }

  /** Into more slots where it is really full, and without what was deleted. */
  #rebuild(): void {
    const [words, slots] = [this.#words, this.#slots];
    this.#slots = Math.max(slots, Math.ceil((this.#size / FULL_AT) * GROWTH));
    this.#words = new Uint32Array(this.#slots * SLOT_WORDS);
    this.#times = new Float64Array(this.#words.buffer);
    this.#used = this.#size;
    for (let from = 0; from < words.length; from += SLOT_WORDS) {
      const kind = (words[from + KIND_AT] as number) & ((1 << KIND_BITS) - 1);
      if (kind === EMPTY || kind === DELETED) continue;
      let to = (words[from] as number) % this.#slots;
      while (this.#kind(to) !== EMPTY) to = to + 1 === this.#slots ? 0 : to + 1;
      for (let word = 0; word < SLOT_WORDS; word += 1)
        this.#words[to * SLOT_WORDS + word] = words[from + word] as number;
    }
  }
}

function wordAt(digest: string, word: number): number {
  let bits = 0;
  const from = word * CHARS_PER_WORD;
  for (let at = from; at < from + CHARS_PER_WORD; at += 1)
    bits = (bits << BITS_PER_CHAR) | (BITS_OF[digest.charCodeAt(at)] ?? 0);
  return bits;
}
