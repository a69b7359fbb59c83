import type { Kafka, OutgoingRecord } from '@tributary/kafka';
import { z } from 'zod';
import type { PackedRecords } from '../read/packed-records.ts';
import { SeenTable, type Seen } from './seen-table.ts';
import { SEEN, seenText } from './seen-text.ts';

/** Where the feed is; committed with the records it speaks of (Delivery 1). */
const checkpointSchema = z.object({
  /** Grows when key or columns change, so that dedupe starts anew. */
  generation: z.int(),
  /** Fingerprint of key and columns that the generation stands for. */
  shape: z.string(),
  /** Greatest value of the cursor column up to the last complete poll, as the API wrote it. */
  cursor: z.string().optional(),
  /** Page to go on with in an unfinished poll; absent between polls and on a first page. */
  pageToken: z.string().optional(),
  /** Fingerprint of the request that page tokens, here and of the backfill, belong to. */
  request: z.string().optional(),
  /** Changes of that page that are committed already; they are recognised by their content when it is read again. */
  recordIndex: z.int().default(0),
  poll: z.string(),
  /** When the last poll that committed something began; milliseconds since the epoch, as all times here. */
  polledAt: z.number().optional(),
  /** When the last poll began that a cron had called and that came to its end, also where it brought nothing. */
  keptAt: z.number().optional(),
  /** End of the time that polls have asked for, where they ask by windows. */
  reached: z.number().optional(),
  /** Window of the unfinished poll. */
  window: z.object({ from: z.number(), to: z.number() }).optional(),
  /** How far the range of the past has been fetched, beside the polls. */
  backfill: z
    .object({ name: z.string(), reached: z.number(), pageToken: z.string().optional(), poll: z.string() })
    .optional(),
  /** Since the topic was created. */
  published: z.int(),
  deadLettered: z.int().default(0),
});

export type Checkpoint = z.output<typeof checkpointSchema>;

/** As `seenText` writes it. */
const seenSchema = z.tuple([z.string(), z.number().nullable(), z.int()]).rest(z.unknown());

function seenOf(text: string): Seen {
  const [hash, time, generation, dead, key] = seenSchema.parse(JSON.parse(text));
  return {
    hash,
    time: time ?? Number.NaN,
    generation,
    ...(dead === 1 ? { dead: true } : {}),
    ...(typeof key === 'string' ? { key } : {}),
  };
}

const TOLD_BYTES = 64 * 1024;
const CHECKPOINT = 'checkpoint';
const QUOTA = 'quota';
const TOKEN = 'token';

/** What the producer must remember: rebuilt from `.state` at each start. */
export class FeedState {
  /** The one that is committed. */
  checkpoint: Checkpoint | undefined;
  /** The one after it that is on its way to Kafka; what is remembered goes with it. */
  next: Checkpoint | undefined;
  /** JSON of the quota ledger. */
  quota: string | undefined;
  /** A refresh token that replaced the Secret's, sealed. */
  token: string | undefined;
  readonly #seen = new SeenTable();

  /** Reads the whole state topic; only what is committed counts. `work` is told of bytes that have come, while more may follow. */
  static async read(
    kafka: Kafka,
    topic: string,
    signal: AbortSignal,
    work: (bytes: number) => void = () => undefined,
  ): Promise<FeedState> {
    const state = new FeedState();
    let untold = 0;
    for await (const { key, value } of kafka.readToEnd({ topic, partition: 0, signal })) {
      state.#take(key?.toString() ?? '', value?.toString());
      untold += (key?.length ?? 0) + (value?.length ?? 0);
      if (untold < TOLD_BYTES) continue;
      work(untold);
      untold = 0;
    }
    return state;
  }

  #take(key: string, value: string | undefined): void {
    if (key === CHECKPOINT && value !== undefined)
      this.checkpoint = checkpointSchema.parse(JSON.parse(value));
    else if (key === QUOTA) this.quota = value;
    else if (key === TOKEN) this.token = value;
    else if (key.startsWith(SEEN)) {
      const identity = key.slice(SEEN.length);
      if (value === undefined) this.#seen.delete(identity);
      else this.#seen.set(identity, seenOf(value));
    }
  }

  get size(): number {
    return this.#seen.size;
  }

  /**
   * Whether this content is what was last published for the identity in this generation (Delivery 2); notes that the present
   * poll has returned it.
   */
  knows(identity: string, hash: string, generation: number): boolean {
    return this.#seen.matches(identity, hash, generation);
  }

  /** The same of a packed record. */
  knowsPacked(records: PackedRecords, packed: number, generation: number): boolean {
    return this.#seen.matchesWords(records.words, records.wordsAt(packed), generation);
  }

  hasKey(identity: string): boolean {
    return this.#seen.hasKey(identity);
  }

  remember(identity: string, seen: Seen): void {
    this.#seen.set(identity, seen);
  }

  /** The same of a packed record, where there are no keys to remember. */
  rememberPacked(records: PackedRecords, packed: number, generation: number): void {
    this.#seen.setWords(records.words, records.wordsAt(packed), { time: records.time(packed), generation });
  }

  forget(identity: string): void {
    this.#seen.delete(identity);
  }

  /** A poll begins: nothing has been returned by it yet. */
  beginPoll(): void {
    this.#seen.unmark();
  }

  /** Records that the present poll, being complete, no longer returned, with their keys. Only snapshot feeds remember keys. */
  disappeared(generation: number): { identity: string; key: string; time: string }[] {
    const gone: { identity: string; key: string; time: string }[] = [];
    for (const { identity, key, time, generation: of } of this.#seen.unmarked())
      if (key !== undefined && of === generation)
        gone.push({ identity, key, time: Number.isNaN(time) ? '' : new Date(time).toISOString() });
    return gone;
  }

  /** The oldest by event time of what the present poll has not returned, at most so many. */
  oldest(most: number): string[] {
    const times = Float64Array.from(this.#seen.unmarked(), ({ time }) => orOldest(time)).sort();
    if (times.length === 0 || most <= 0) return [];
    const youngest = times[Math.min(most, times.length) - 1] ?? -Infinity;
    const found: string[] = [];
    for (const { identity, time } of this.#seen.unmarked()) {
      if (found.length === most) break;
      if (orOldest(time) <= youngest) found.push(identity);
    }
    return found;
  }

  /**
   * What need not be remembered after a complete poll: entries of an earlier generation, dead letters that no longer come,
   * and records from before the window. What the API still returns is kept whatever its age, or an old record would be
   * published again at every poll.
   */
  expired(options: { generation: number; oldest: number | undefined; most: number }): string[] {
    const { generation, oldest = -Infinity, most } = options;
    const gone: string[] = [];
    for (const { identity, time, dead, generation: of } of this.#seen.unmarked()) {
      if (gone.length >= most) break;
      if (time < oldest || dead || of !== generation) gone.push(identity);
    }
    return gone;
  }
}

/** For records without an event time: as old as can be. */
function orOldest(time: number): number {
  return Number.isNaN(time) ? -Infinity : time;
}

export const stateRecord = {
  checkpoint: (topic: string, checkpoint: Checkpoint): OutgoingRecord => ({
    topic,
    key: CHECKPOINT,
    value: JSON.stringify(checkpoint),
  }),
  quota: (topic: string, ledger: string): OutgoingRecord => ({ topic, key: QUOTA, value: ledger }),
  token: (topic: string, sealed: string): OutgoingRecord => ({ topic, key: TOKEN, value: sealed }),
  seen: (topic: string, identity: string, seen: Seen): OutgoingRecord => ({
    topic,
    key: SEEN + identity,
    value: seenText(seen),
  }),
  forgotten: (topic: string, identity: string): OutgoingRecord => ({
    topic,
    key: SEEN + identity,
    value: null,
  }),
};
