import { HEADERS } from '@tributary/api';
import type { OutgoingRecord, PackedContent } from '@tributary/kafka';
import { digest } from '../extract/digest.ts';
import type { ExactJson } from '../extract/exact-json.ts';
import { FlatRecords, type RawRecords } from '../extract/flat/flat-records.ts';
import { PackedRecords, type PackedRecord } from './packed-records.ts';
import { BadRecordError, type AroundRecord, type FeedRecord, type RecordShape } from '../extract/record.ts';
import { SMALLER_PAGES } from '../fetch/http-fetcher.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { stateRecord, type FeedState } from './feed-state.ts';
import type { Seen } from './seen-table.ts';

/** One thing that a page changes: what goes to Kafka together, and what is remembered from then on. */
export interface Change {
  readonly kind: 'record' | 'known' | 'deadLetter' | 'unfitAnswer' | 'forgotten';
  readonly outgoing: OutgoingRecord[];
  /** Of `outgoing`, where a bound is known without making it. */
  readonly mostBytes?: number | undefined;
  readonly identity: string;
  /** Undefined: nothing is remembered any more. */
  readonly seen: Seen | undefined;
  /** Has it remembered without making `seen`, where that can be done. */
  readonly remember?: ((state: FeedState) => void) | undefined;
}

export interface PageContext {
  topic: string;
  stateTopic: string;
  deadLetterTopic: string;
  poll: string;
  observedAt: string;
  generation: number;
  /** Whether every poll returns the whole set, so that what is missing has been deleted. */
  snapshot: boolean;
  redact: (text: string) => string;
}

/** A page, read: records that can be taken, oldest event first, and those that cannot. */
export interface PageRecords {
  records: PackedRecords;
  bad: { raw: string; reason: string; identity: string }[];
}

/** A body of kilobytes can become records of gigabytes, where each repeats what is around it. */
const MOST_CHARS = 256 * 1024 * 1024;
const LARGEST_DEAD_LETTER_CHARS = 64 * 1024;
/** Below the 1 MiB that Kafka takes by default, with room for headers; a larger record would be refused for ever. */
const LARGEST_RECORD_BYTES = 960 * 1024;
const MOST_BYTES_PER_CHAR = 3;
/** Overhead, headers that a page's records share, and what is remembered of a record that is not of a snapshot. */
const BYTES_BESIDE_RECORD = 1_024;
/** They take about half a millisecond. */
const RECORDS_AT_A_TIME = 128;

/** A page at one go. */
export function readPage(...options: Parameters<typeof readingPage>): PageRecords {
  const reading = readingPage(...options);
  for (;;) {
    const { done, value } = reading.next();
    if (done === true) return value;
  }
}

/**
 * Of several records of one identity on a page the last counts: a page is one observation. Yields now and then, so that
 * whoever reads a page while another is committed can let the broker's answers be heard.
 */
export function* readingPage(
  raw: RawRecords,
  shape: RecordShape,
  around: AroundRecord,
  mostChars = MOST_CHARS,
): Generator<undefined, PageRecords> {
  let chars = 0;
  const count = (more: number): void => {
    chars += more;
    if (chars > mostChars)
      throw new UpstreamError(
        'ResponseTooLarge',
        `a page whose records have more than ${mostChars} characters together: ${SMALLER_PAGES}`,
      );
  };
  const records = new PackedRecords(raw.length);
  const bad: PageRecords['bad'] = [];
  for (let at = 0; at < raw.length; at += 1) {
    if (at % RECORDS_AT_A_TIME === RECORDS_AT_A_TIME - 1) yield;
    try {
      const record =
        raw instanceof FlatRecords
          ? shape.readFlat(raw, at, around)
          : shape.read(raw[at] as ExactJson, around);
      assertFits(record);
      count(record.key.length + record.value.length);
      records.add(record);
    } catch (error) {
      if (!(error instanceof BadRecordError)) throw error;
      const text = JSON.stringify(raw instanceof FlatRecords ? raw.tree(at) : raw[at]);
      count(text.length);
      bad.push({ raw: text, reason: error.message, identity: digest('dead letter', error.message, text) });
    }
  }
  records.sort();
  return { records, bad };
}

function assertFits({ key, value }: FeedRecord): void {
  if ((key.length + value.length) * MOST_BYTES_PER_CHAR <= LARGEST_RECORD_BYTES) return;
  const bytes = Buffer.byteLength(value) + Buffer.byteLength(key);
  if (bytes > LARGEST_RECORD_BYTES)
    throw new BadRecordError(`the record has ${bytes} bytes; at most ${LARGEST_RECORD_BYTES} fit into Kafka`);
}

/** What of a page is new or differs from what was last published (Delivery 2). */
export function changesOf(page: PageRecords, state: FeedState, context: PageContext): Change[] {
  const { generation } = context;
  const shared = sharedHeaders('upsert', context);
  const changes: Change[] = [];
  for (const record of page.records)
    if (!state.knowsPacked(record, generation)) changes.push(new RecordChange(record, shared, context));
    else if (context.snapshot && !state.hasKey(record.identity)) changes.push(knownChange(record, context));
  for (const letter of page.bad)
    if (!state.knows(letter.identity, letter.identity, generation))
      changes.push(deadLetterChange(letter, context));
  return changes;
}

/** Tombstones for what a complete poll of a snapshot feed no longer returned (Delivery 2). */
export function deletionsOf(state: FeedState, context: PageContext): Change[] {
  const { topic, stateTopic, generation } = context;
  const shared = sharedHeaders('delete', context);
  return state.disappeared(generation).map(({ identity, key, time }) => ({
    kind: 'record',
    outgoing: [
      { topic, key, value: null, sharedHeaders: shared, headers: { [HEADERS.eventTime]: time } },
      stateRecord.forgotten(stateTopic, identity),
    ],
    identity,
    seen: undefined,
  }));
}

/** What is no longer remembered; goes along with other changes, as a poll that changed nothing writes nothing. */
export function forgettingOf(identities: readonly string[], { stateTopic }: PageContext): Change[] {
  return identities.map((identity) => ({
    kind: 'forgotten',
    outgoing: [stateRecord.forgotten(stateTopic, identity)],
    identity,
    seen: undefined,
  }));
}

/** Once they are handed over: where that fails, the state is read again before anything is compared with it. */
export function applyTo(state: FeedState, changes: readonly Change[]): void {
  for (const change of changes) {
    if (change.remember !== undefined) change.remember(state);
    else if (change.seen === undefined) state.forget(change.identity);
    else state.remember(change.identity, change.seen);
  }
}

/** Published before the feed became a snapshot: its tombstone will need the key. */
function knownChange(record: PackedRecord, context: PageContext): Change {
  const { identity } = record;
  const seen = seenOf(record, context);
  return { kind: 'known', outgoing: [stateRecord.seen(context.stateTopic, identity, seen)], identity, seen };
}

function seenOf(record: PackedRecord, { generation, snapshot }: PageContext): Seen {
  const { hash, time } = record;
  return { hash, time, generation, key: snapshot ? record.key : undefined };
}

/** Made of the packed record whenever it is asked for: a page's worth of them waits for the broker. */
class RecordChange implements Change {
  readonly kind = 'record';
  readonly #record: PackedRecord;
  readonly #shared: Readonly<Record<string, string>>;
  readonly #context: PageContext;

  constructor(record: PackedRecord, shared: Readonly<Record<string, string>>, context: PageContext) {
    this.#record = record;
    this.#shared = shared;
    this.#context = context;
  }

  get identity(): string {
    return this.#record.identity;
  }

  get seen(): Seen {
    return seenOf(this.#record, this.#context);
  }

  /** What is remembered of it is the rest. */
  get mostBytes(): number | undefined {
    return this.#context.snapshot ? undefined : this.#record.packedBytes + BYTES_BESIDE_RECORD;
  }

  remember(state: FeedState): void {
    const { snapshot, generation } = this.#context;
    if (snapshot) state.remember(this.identity, this.seen);
    else state.rememberPacked(this.#record, generation);
  }

  get outgoing(): OutgoingRecord[] {
    const { topic, stateTopic } = this.#context;
    return [
      new PackedOutgoing(topic, this.#record, this.#shared),
      stateRecord.seen(stateTopic, this.identity, this.seen),
    ];
  }
}

class PackedOutgoing implements OutgoingRecord {
  readonly topic: string;
  readonly sharedHeaders: Readonly<Record<string, string>>;
  readonly packed: PackedContent;
  readonly #record: PackedRecord;

  constructor(topic: string, record: PackedRecord, sharedHeaders: Readonly<Record<string, string>>) {
    this.topic = topic;
    this.#record = record;
    this.sharedHeaders = sharedHeaders;
    this.packed = record.packed;
  }

  get key(): string {
    return this.#record.key;
  }

  get value(): string {
    return this.#record.value;
  }

  get headers(): Readonly<Record<string, string>> {
    return { [HEADERS.eventTime]: this.#record.eventTime };
  }
}

/** One object for a page, as all of its records have them. */
function sharedHeaders(
  op: 'upsert' | 'delete',
  { poll, observedAt, generation }: PageContext,
): Readonly<Record<string, string>> {
  return {
    [HEADERS.op]: op,
    [HEADERS.poll]: poll,
    [HEADERS.observedAt]: observedAt,
    [HEADERS.generation]: String(generation),
  };
}

/** An answer that is not what the source selects, for whoever has to find out why: beside the dead letters, but no record. */
export function unfitAnswer(
  { reason, body }: { reason: string; body: string },
  context: PageContext,
): Change {
  const identity = digest('answer', reason);
  return { ...deadLetterChange({ raw: body, reason, identity }, context), kind: 'unfitAnswer' };
}

function deadLetterChange(
  { raw, reason, identity }: PageRecords['bad'][number],
  context: PageContext,
): Change {
  const { deadLetterTopic, stateTopic, poll, generation, redact } = context;
  const seen: Seen = { hash: identity, time: Number.NaN, generation, dead: true };
  const value = redact(raw).slice(0, LARGEST_DEAD_LETTER_CHARS);
  return {
    kind: 'deadLetter',
    outgoing: [
      { topic: deadLetterTopic, key: null, value, headers: { reason: redact(reason), poll } },
      stateRecord.seen(stateTopic, identity, seen),
    ],
    identity,
    seen,
  };
}
