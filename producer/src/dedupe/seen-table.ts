import { MOST_MARKS, SeenShard, type Digests } from './seen-shard.ts';

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
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const BITS_PER_CHAR = 6;
const BITS_OF = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(0, ALPHABET.indexOf(String.fromCharCode(code))),
);
const SHARDS = 64;
export const IDENTITY_WORDS = 4;
const HASH_WORDS = 2;
export const DIGEST_WORDS = IDENTITY_WORDS + HASH_WORDS;

/**
 * Identity → what was last published, in 32 bytes a slot: a million identities take some 50 MB, where a map of objects took
 * six times that. With marks for what the present poll has returned.
 */
export class SeenTable {
  readonly #shards = Array.from({ length: SHARDS }, () => new SeenShard());
  /** Only snapshots need keys, and the exact times that their tombstones bear. */
  readonly #keys = new Map<string, { key: string; time: number }>();
  readonly #digests: Digests = { id: new Int32Array(IDENTITY_WORDS), hash: new Int32Array(HASH_WORDS) };
  #size = 0;
  #mark = 1;

  get size(): number {
    return this.#size;
  }

  /** Of all that it keeps beside keys. */
  get bytes(): number {
    return this.#shards.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** From now on nothing is marked. */
  unmark(): void {
    this.#mark += 1;
    if (this.#mark <= MOST_MARKS) return;
    for (const shard of this.#shards) shard.unmark();
    this.#mark = 1;
  }

  /** Whether this content was published last; marks the identity where it is known at all. */
  matches(identity: string, hash: string, generation: number): boolean {
    read(hash, this.#digests.hash);
    return this.#shardOf(identity).matches(this.#digests, generation, this.#mark);
  }

  /** The same by words, as `readDigests` gives them. */
  matchesWords(words: Int32Array, at: number, generation: number): boolean {
    return this.#shardOfWords(words, at).matches(this.#digests, generation, this.#mark);
  }

  /** Whether the Kafka key is known, so that its disappearance can be told. */
  hasKey(identity: string): boolean {
    return this.#keys.has(identity);
  }

  /** Marks it too. */
  set(identity: string, { hash, time, generation, dead, key }: Seen): void {
    read(hash, this.#digests.hash);
    this.#set(this.#shardOf(identity), { time, generation, dead: dead === true });
    if (key !== undefined) this.#keys.set(identity, { key, time });
  }

  /** The same by words, of what is no dead letter and needs no key. */
  setWords(words: Int32Array, at: number, { time, generation }: Pick<Seen, 'time' | 'generation'>): void {
    this.#set(this.#shardOfWords(words, at), { time, generation, dead: false });
  }

  delete(identity: string): void {
    this.#keys.delete(identity);
    const shard = this.#shardOf(identity);
    const before = shard.size;
    shard.delete(this.#digests.id);
    this.#size += shard.size - before;
  }

  /** Every entry without the mark of the present poll. `time` in milliseconds, up to a minute late without a key; NaN where there is none. */
  *unmarked(): Generator<{
    identity: string;
    time: number;
    generation: number;
    dead: boolean;
    key: string | undefined;
  }> {
    for (const shard of this.#shards)
      for (const { id, ...slot } of shard.unmarked(this.#mark)) {
        const identity = written(id);
        yield { ...slot, key: undefined, ...this.#keys.get(identity), identity };
      }
  }

  #set(shard: SeenShard, seen: Parameters<SeenShard['set']>[1]): void {
    const before = shard.size;
    shard.set(this.#digests, seen, this.#mark);
    this.#size += shard.size - before;
  }

  #shardOfWords(words: Int32Array, at: number): SeenShard {
    const { id, hash } = this.#digests;
    for (let word = 0; word < IDENTITY_WORDS; word += 1) id[word] = words[at + word] as number;
    for (let word = 0; word < HASH_WORDS; word += 1) hash[word] = words[at + IDENTITY_WORDS + word] as number;
    return this.#shards[(id[0] as number) % SHARDS] as SeenShard;
  }

  /** Its identity's words are in `#digests` afterwards. */
  #shardOf(identity: string): SeenShard {
    const { id } = this.#digests;
    read(identity, id);
    return this.#shards[(id[0] as number) % SHARDS] as SeenShard;
  }
}

/** What the table knows a record by, as DIGEST_WORDS words from `at` on. */
export function readDigests(identity: string, hash: string, words: Int32Array, at: number): void {
  read(identity, words, at, IDENTITY_WORDS);
  read(hash, words, at + IDENTITY_WORDS, HASH_WORDS);
}

function read(digest: string, words: Int32Array, at = 0, count = words.length): void {
  for (let word = 0; word < count; word += 1) {
    let bits = 0;
    const from = word * CHARS_PER_WORD;
    for (let char = from; char < from + CHARS_PER_WORD; char += 1)
      bits = (bits << BITS_PER_CHAR) | (BITS_OF[digest.charCodeAt(char)] ?? 0);
    words[at + word] = bits;
  }
}

function written(words: readonly number[]): string {
  let text = '';
  for (const bits of words)
    for (let char = CHARS_PER_WORD - 1; char >= 0; char -= 1)
      text += ALPHABET[(bits >>> (char * BITS_PER_CHAR)) & 63];
  return text;
}
