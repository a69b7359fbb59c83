/** Of one slot: identity, hash, time, and mark with generation and kind: together, so that they are one look into memory. */
const SLOT_WORDS = 8;
const HASH_AT = 4;
const TIME_AT = 6;
const STATE_AT = 7;
const KIND_BITS = 2;
const MARK_FROM = 16;
/** Marks and generations have 16 and 14 bits. */
export const MOST_MARKS = 0xffff;
const MOST_GENERATIONS = 0x3fff;
const FIRST_SLOTS = 16;
const FULL_AT = 0.75;
const GROWTH = 1.35;
const MINUTE_MS = 60_000;
const NO_TIME = -0x8000_0000;
/** Some four thousand years before and after 1970: what lies beyond counts as these. */
const [FIRST_MINUTE, LAST_MINUTE] = [NO_TIME + 1, 0x7fff_ffff];
const [EMPTY, LIVE, DEAD_LETTER, DELETED] = [0, 1, 2, 3];

/** An identity as four words, and what is kept of a content's hash as two. */
export interface Digests {
  readonly id: Int32Array;
  readonly hash: Int32Array;
}

/** Of one slot, as `unmarked` shows it. */
export interface SeenSlot {
  readonly id: readonly number[];
  /** Rounded up to the minute; NaN where there is none. */
  readonly time: number;
  readonly generation: number;
  readonly dead: boolean;
}

/** A part of the table, by open addressing. A table of many grows part by part, and is never in memory twice. */
export class SeenShard {
  #slots = FIRST_SLOTS;
  #words = new Int32Array(FIRST_SLOTS * SLOT_WORDS);
  #used = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  /** Whether it is known with this content; marks it where it is known at all. */
  matches({ id, hash }: Digests, generation: number, mark: number): boolean {
    const slot = this.#find(id);
    if (slot < 0) return false;
    const at = slot * SLOT_WORDS;
    const state = this.#word(at + STATE_AT);
    this.#words[at + STATE_AT] = marked(state, mark);
    return (
      this.#words[at + HASH_AT] === hash[0] &&
      this.#words[at + HASH_AT + 1] === hash[1] &&
      generationOf(state) === generation
    );
  }

  /** Marks it too. `time` in milliseconds, NaN where there is none. */
  set(
    { id, hash }: Digests,
    { time, generation, dead }: { time: number; generation: number; dead: boolean },
    mark: number,
  ): void {
    if (generation > MOST_GENERATIONS) throw new RangeError(`generation ${generation} is more than is kept`);
    if (this.#used >= this.#slots * FULL_AT) this.#rebuild();
    let slot = this.#find(id);
    if (slot < 0) {
      slot = ~slot;
      if (this.#kind(slot) === EMPTY) this.#used += 1;
      this.#size += 1;
      this.#words.set(id, slot * SLOT_WORDS);
    }
    const at = slot * SLOT_WORDS;
    this.#words.set(hash, at + HASH_AT);
    this.#words[at + TIME_AT] = minuteOf(time);
    this.#words[at + STATE_AT] = marked((generation << KIND_BITS) | (dead ? DEAD_LETTER : LIVE), mark);
  }

  delete(id: Int32Array): void {
    const slot = this.#find(id);
    if (slot < 0) return;
    this.#words[slot * SLOT_WORDS + STATE_AT] = DELETED;
    this.#size -= 1;
  }

  *unmarked(mark: number): Generator<SeenSlot> {
    for (let slot = 0; slot < this.#slots; slot += 1) {
      const kind = this.#kind(slot);
      const at = slot * SLOT_WORDS;
      const state = this.#word(at + STATE_AT);
      if (kind === EMPTY || kind === DELETED || state >>> MARK_FROM === mark) continue;
      const minute = this.#word(at + TIME_AT);
      yield {
        id: [this.#word(at), this.#word(at + 1), this.#word(at + 2), this.#word(at + 3)],
        time: minute === NO_TIME ? Number.NaN : minute * MINUTE_MS,
        generation: generationOf(state),
        dead: kind === DEAD_LETTER,
      };
    }
  }

  /** As if nothing had ever been marked. */
  unmark(): void {
    for (let at = STATE_AT; at < this.#words.length; at += SLOT_WORDS)
      this.#words[at] = marked(this.#word(at), 0);
  }

  /** The slot of an identity, or the complement of the one to put it in. */
  #find(id: Int32Array): number {
    const words = this.#words;
    const [a, b, c, d] = id;
    let free = -1;
    for (let slot = this.#first(id[1] as number); ; slot = slot + 1 === this.#slots ? 0 : slot + 1) {
      const at = slot * SLOT_WORDS;
      const kind = this.#word(at + STATE_AT) & 3;
      if (kind === EMPTY) return ~(free < 0 ? slot : free);
      if (kind === DELETED) {
        if (free < 0) free = slot;
        continue;
      }
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) return slot;
    }
  }

  #first(word: number): number {
    return word % this.#slots;
  }

  #kind(slot: number): number {
    return this.#word(slot * SLOT_WORDS + STATE_AT) & 3;
  }

  /** Every index here is within the shard. */
  #word(at: number): number {
    return this.#words[at] as number;
  }

  /** Into more slots where it is really full, and without what was deleted. */
  #rebuild(): void {
    const words = this.#words;
    this.#slots = Math.max(this.#slots, Math.ceil((this.#size / FULL_AT) * GROWTH));
    this.#words = new Int32Array(this.#slots * SLOT_WORDS);
    this.#used = this.#size;
    for (let from = 0; from < words.length; from += SLOT_WORDS) {
      const kind = (words[from + STATE_AT] as number) & 3;
      if (kind === EMPTY || kind === DELETED) continue;
      let to = this.#first(words[from + 1] as number);
      while (this.#kind(to) !== EMPTY) to = to + 1 === this.#slots ? 0 : to + 1;
      for (let word = 0; word < SLOT_WORDS; word += 1)
        this.#words[to * SLOT_WORDS + word] = words[from + word] as number;
    }
    // Given back now: until it is collected, a growing table would be in memory twice after all.
    words.buffer.transfer(0);
  }
}

function minuteOf(time: number): number {
  if (Number.isNaN(time)) return NO_TIME;
  return Math.min(LAST_MINUTE, Math.max(FIRST_MINUTE, Math.ceil(time / MINUTE_MS)));
}

function marked(state: number, mark: number): number {
  return (state & MOST_MARKS) | (mark << MARK_FROM);
}

function generationOf(state: number): number {
  return (state & MOST_MARKS) >>> KIND_BITS;
}
