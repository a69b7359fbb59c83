/** What was last published for an identity. */
export interface Seen {
  /** Of the content, as `digest` gives it. */
  hash: string;
  /** Event time, RFC 3339; empty where there is none. */
  time: string;
  generation: number;
  /** A dead letter: kept as long as the API goes on returning it. */
  dead?: true | undefined;
  /** Kafka key, for the tombstone of what disappears from a snapshot. */
  key?: string | undefined;
}

const ID_WORDS = 4;
const ID_BYTES = 16;
const HASH_WORDS = 2;
const HASH_BYTES = 8;
const FIRST_SLOTS = 1_024;
const FULL_AT = 0.75;
const GROWTH = 1.6;
const [EMPTY, LIVE, DEAD_LETTER, DELETED] = [0, 1, 2, 3];

/**
 * Identity → what was last published, in 39 bytes a slot: a million identities take some 60 MB, where a map of objects took
 * five times that. Identities are 128 bits as `digest` writes them; of a content's hash 64 bits are kept, as it is only ever
 * compared with that of the same identity. Open addressing, with marks for what the present poll has returned.
 */
export class SeenTable {
  #slots = FIRST_SLOTS;
  #ids = new Uint32Array(FIRST_SLOTS * ID_WORDS);
  #hashes = new Uint32Array(FIRST_SLOTS * HASH_WORDS);
  #times = new Float64Array(FIRST_SLOTS);
  #generations = new Uint16Array(FIRST_SLOTS);
  #marks = new Uint32Array(FIRST_SLOTS);
  #kinds = new Uint8Array(FIRST_SLOTS);
  /** Only snapshots need keys. */
  readonly #keys = new Map<string, string>();
  #used = 0;
  #size = 0;
  #mark = 1;
  readonly #id = new Uint32Array(ID_WORDS);
  readonly #idBytes = Buffer.from(this.#id.buffer);
  readonly #hash = new Uint32Array(HASH_WORDS);
  readonly #hashBytes = Buffer.from(this.#hash.buffer);

  get size(): number {
    return this.#size;
  }

  /** Of all that it keeps beside keys. */
  get bytes(): number {
    return this.#slots * (ID_BYTES + HASH_BYTES + 8 + 2 + 4 + 1);
  }

  /** From now on nothing is marked. */
  unmark(): void {
    this.#mark += 1;
  }

  /** Marks the identity, where it is known. */
  mark(identity: string): void {
    const slot = this.#find(identity);
    if (slot >= 0) this.#marks[slot] = this.#mark;
  }

  matches(identity: string, hash: string, generation: number): boolean {
    const slot = this.#find(identity);
    if (slot < 0 || this.#generations[slot] !== generation) return false;
    this.#hashBytes.write(hash, 'base64url');
    const at = slot * HASH_WORDS;
    return this.#hashes[at] === this.#hash[0] && this.#hashes[at + 1] === this.#hash[1];
  }

  /** Marks it too. */
  set(identity: string, { hash, time, generation, dead, key }: Seen): void {
    if (this.#used >= this.#slots * FULL_AT) this.#rebuild();
    let slot = this.#find(identity);
    if (slot < 0) {
      slot = ~slot;
      this.#ids.set(this.#id, slot * ID_WORDS);
      if (this.#kinds[slot] === EMPTY) this.#used += 1;
      this.#size += 1;
    }
    this.#hashBytes.write(hash, 'base64url');
    this.#hashes.set(this.#hash, slot * HASH_WORDS);
    this.#times[slot] = time === '' ? Number.NaN : Date.parse(time);
    this.#generations[slot] = generation;
    this.#kinds[slot] = dead === true ? DEAD_LETTER : LIVE;
    this.#marks[slot] = this.#mark;
    if (key !== undefined) this.#keys.set(identity, key);
  }

  delete(identity: string): void {
    this.#keys.delete(identity);
    const slot = this.#find(identity);
    if (slot < 0) return;
    this.#kinds[slot] = DELETED;
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
      const kind = this.#kinds[slot];
      if (kind === EMPTY || kind === DELETED || this.#marks[slot] === this.#mark) continue;
      const identity = Buffer.from(this.#ids.buffer, slot * ID_BYTES, ID_BYTES).toString('base64url');
      yield {
        identity,
        time: this.#times[slot] ?? Number.NaN,
        generation: this.#generations[slot] ?? 0,
        dead: kind === DEAD_LETTER,
        key: this.#keys.get(identity),
      };
    }
  }

  /** The slot of an identity, or the complement of the one to put it in; its bits are in `#id` afterwards. */
  #find(identity: string): number {
    this.#idBytes.write(identity, 'base64url');
    const [a = 0, b = 0, c = 0, d = 0] = this.#id;
    let free = -1;
    for (let slot = a % this.#slots; ; slot = slot + 1 === this.#slots ? 0 : slot + 1) {
      const kind = this.#kinds[slot];
      if (kind === EMPTY) return ~(free < 0 ? slot : free);
      if (kind === DELETED) {
        if (free < 0) free = slot;
        continue;
      }
      const at = slot * ID_WORDS;
      if (
        this.#ids[at] === a &&
        this.#ids[at + 1] === b &&
        this.#ids[at + 2] === c &&
        this.#ids[at + 3] === d
      )
        return slot;
    }
  }

  /** Into more slots where it is really full, and without what was deleted. */
  #rebuild(): void {
    const [ids, hashes, times] = [this.#ids, this.#hashes, this.#times];
    const [generations, marks, kinds, slots] = [this.#generations, this.#marks, this.#kinds, this.#slots];
    this.#slots = Math.max(slots, Math.ceil((this.#size / FULL_AT) * GROWTH));
    this.#ids = new Uint32Array(this.#slots * ID_WORDS);
    this.#hashes = new Uint32Array(this.#slots * HASH_WORDS);
    this.#times = new Float64Array(this.#slots);
    this.#generations = new Uint16Array(this.#slots);
    this.#marks = new Uint32Array(this.#slots);
    this.#kinds = new Uint8Array(this.#slots);
    this.#used = this.#size;
    for (let from = 0; from < slots; from += 1) {
      const kind = kinds[from] ?? EMPTY;
      if (kind === EMPTY || kind === DELETED) continue;
      let to = (ids[from * ID_WORDS] ?? 0) % this.#slots;
      while (this.#kinds[to] !== EMPTY) to = to + 1 === this.#slots ? 0 : to + 1;
      this.#ids.set(ids.subarray(from * ID_WORDS, (from + 1) * ID_WORDS), to * ID_WORDS);
      this.#hashes.set(hashes.subarray(from * HASH_WORDS, (from + 1) * HASH_WORDS), to * HASH_WORDS);
      this.#times[to] = times[from] ?? Number.NaN;
      this.#generations[to] = generations[from] ?? 0;
      this.#marks[to] = marks[from] ?? 0;
      this.#kinds[to] = kind;
    }
  }
}
