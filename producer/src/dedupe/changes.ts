import { HEADERS } from '@tributary/api';
import type { OutgoingRecord, PackedContent } from '@tributary/kafka';
import { digest } from '../extract/digest.ts';
import type { PackedRecord, PackedRecords } from '../read/packed-records.ts';
import type { PageRecords } from '../read/read-page.ts';
import { stateRecord, type FeedState } from './feed-state.ts';
import type { Seen } from './seen-table.ts';

/** What a page changes: what goes to Kafka together, and what is remembered from then on. */
export interface Change {
  readonly kind: 'record' | 'known' | 'deadLetter' | 'unfitAnswer' | 'forgotten';
  /** Things of its kind that it is. */
  readonly count: number;
  /** Made when it is asked for, and may be asked for again. */
  readonly outgoing: Iterable<OutgoingRecord>;
  /** Of `outgoing`, where a bound is known without making it. */
  readonly mostBytes?: number | undefined;
  remember(state: FeedState): void;
}

/** Of one identity. */
export class SingleChange implements Change {
  readonly count = 1;
  readonly kind: Change['kind'];
  readonly identity: string;
  readonly outgoing: readonly OutgoingRecord[];
  readonly #seen: Seen | undefined;

  /** Without `seen` nothing is remembered any more. */
  constructor(kind: Change['kind'], identity: string, outgoing: readonly OutgoingRecord[], seen?: Seen) {
    this.kind = kind;
    this.identity = identity;
    this.outgoing = outgoing;
    this.#seen = seen;
  }

  remember(state: FeedState): void {
    if (this.#seen === undefined) state.forget(this.identity);
    else state.remember(this.identity, this.#seen);
  }
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

const LARGEST_DEAD_LETTER_CHARS = 64 * 1024;
/** Overhead, headers that a page's records share, and what is remembered of a record that is not of a snapshot. */
const BYTES_BESIDE_RECORD = 1_024;
/** Of records that go into one transaction together, and of their bytes, though one record may have more. */
const [MOST_OF_RUN, MOST_BYTES_OF_RUN] = [128, 256 * 1024];

/** What of a page is new or differs from what was last published (Delivery 2). */
export function changesOf(page: PageRecords, state: FeedState, context: PageContext): Change[] {
  const { generation } = context;
  const { records } = page;
  const changes = new PageChanges(records, context);
  for (const packed of records.parts.order)
    if (!state.knowsPacked(records, packed, generation)) changes.add(packed);
    else if (context.snapshot) {
      const record = records.of(packed);
      if (!state.hasKey(record.identity)) changes.push(knownChange(record, context));
    }
  for (const letter of page.bad)
    if (!state.knows(letter.identity, letter.identity, generation))
      changes.push(deadLetterChange(letter, context));
  return changes.all;
}

/** Tombstones for what a complete poll of a snapshot feed no longer returned (Delivery 2). */
export function deletionsOf(state: FeedState, context: PageContext): Change[] {
  const { topic, stateTopic, generation } = context;
  const shared = sharedHeaders('delete', context);
  return state.disappeared(generation).map(({ identity, key, time }) => {
    const tombstone = {
      topic,
      key,
      value: null,
      sharedHeaders: shared,
      headers: { [HEADERS.eventTime]: time },
    };
    return new SingleChange('record', identity, [tombstone, stateRecord.forgotten(stateTopic, identity)]);
  });
}

/** What is no longer remembered; goes along with other changes, as a poll that changed nothing writes nothing. */
export function forgettingOf(identities: readonly string[], { stateTopic }: PageContext): Change[] {
  return identities.map(
    (identity) => new SingleChange('forgotten', identity, [stateRecord.forgotten(stateTopic, identity)]),
  );
}

/** Once they are handed over: where that fails, the state is read again before anything is compared with it. */
export function applyTo(state: FeedState, changes: readonly Change[]): void {
  for (const change of changes) change.remember(state);
}

/** Published before the feed became a snapshot: its tombstone will need the key. */
function knownChange(record: PackedRecord, context: PageContext): Change {
  const { identity } = record;
  const seen = seenOf(record, context);
  return new SingleChange('known', identity, [stateRecord.seen(context.stateTopic, identity, seen)], seen);
}

function seenOf(record: PackedRecord, { generation, snapshot }: PageContext): Seen {
  const { hash, time } = record;
  return { hash, time, generation, key: snapshot ? record.key : undefined };
}

/** Changes in their order, new records in runs. */
class PageChanges {
  readonly all: Change[] = [];
  readonly #records: PackedRecords;
  readonly #shared: Readonly<Record<string, string>>;
  readonly #context: PageContext;
  #run: RecordRun | undefined;

  constructor(records: PackedRecords, context: PageContext) {
    this.#records = records;
    this.#shared = sharedHeaders('upsert', context);
    this.#context = context;
  }

  push(change: Change): void {
    this.#run = undefined;
    this.all.push(change);
  }

  add(packed: number): void {
    if (this.#run?.add(packed) === true) return;
    const run = new RecordRun(this.#records, this.#shared, this.#context);
    run.add(packed);
    this.push(run);
    this.#run = run;
  }
}

/**
 * Some new records of a page. As objects, a page's worth of them waits for the broker and is moved to the old generation;
 * so they are numbers, and made of the packed page whenever they are asked for.
 */
class RecordRun implements Change {
  readonly kind = 'record';
  readonly #records: PackedRecords;
  readonly #shared: Readonly<Record<string, string>>;
  readonly #context: PageContext;
  readonly #packed = new Int32Array(MOST_OF_RUN);
  #count = 0;
  #bytes = 0;

  constructor(records: PackedRecords, shared: Readonly<Record<string, string>>, context: PageContext) {
    this.#records = records;
    this.#shared = shared;
    this.#context = context;
  }

  get count(): number {
    return this.#count;
  }

  /** What is remembered of records of a snapshot can be as long as they are. */
  get mostBytes(): number | undefined {
    return this.#context.snapshot ? undefined : this.#bytes + this.#count * BYTES_BESIDE_RECORD;
  }

  /** False where it is full. */
  add(packed: number): boolean {
    const bytes = this.#records.bytesOf(packed);
    if (this.#count === MOST_OF_RUN || (this.#count > 0 && this.#bytes + bytes > MOST_BYTES_OF_RUN))
      return false;
    this.#packed[this.#count] = packed;
    this.#count += 1;
    this.#bytes += bytes;
    return true;
  }

  remember(state: FeedState): void {
    const { snapshot, generation } = this.#context;
    for (let place = 0; place < this.#count; place += 1) {
      const packed = this.#packed[place] as number;
      if (!snapshot) state.rememberPacked(this.#records, packed, generation);
      else {
        const record = this.#records.of(packed);
        state.remember(record.identity, seenOf(record, this.#context));
      }
    }
  }

  get outgoing(): Iterable<OutgoingRecord> {
    return { [Symbol.iterator]: () => this.#outgoing() };
  }

  *#outgoing(): Generator<OutgoingRecord> {
    const { topic, stateTopic, generation } = this.#context;
    for (let place = 0; place < this.#count; place += 1) {
      const record = this.#records.of(this.#packed[place] as number);
      yield new PackedOutgoing(topic, record, this.#shared);
      yield (
        record.stateFor(stateTopic, generation) ??
        stateRecord.seen(stateTopic, record.identity, seenOf(record, this.#context))
      );
    }
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
): SingleChange {
  const identity = digest('answer', reason);
  return deadLetterChange({ raw: body, reason, identity }, context, 'unfitAnswer');
}

function deadLetterChange(
  { raw, reason, identity }: PageRecords['bad'][number],
  { deadLetterTopic, stateTopic, poll, generation, redact }: PageContext,
  kind: 'deadLetter' | 'unfitAnswer' = 'deadLetter',
): SingleChange {
  const seen: Seen = { hash: identity, time: Number.NaN, generation, dead: true };
  const value = redact(raw).slice(0, LARGEST_DEAD_LETTER_CHARS);
  const letter = { topic: deadLetterTopic, key: null, value, headers: { reason: redact(reason), poll } };
  return new SingleChange(kind, identity, [letter, stateRecord.seen(stateTopic, identity, seen)], seen);
}
