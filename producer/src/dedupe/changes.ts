import { HEADERS } from '@tributary/api';
import type { OutgoingRecord } from '@tributary/kafka';
import { digest } from '../extract/digest.ts';
import type { ExactJson } from '../extract/exact-json.ts';
import { FlatRecords, type RawRecords } from '../extract/flat/flat-records.ts';
import { BadRecordError, type AroundRecord, type FeedRecord, type RecordShape } from '../extract/record.ts';
import { SMALLER_PAGES } from '../fetch/http-fetcher.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { stateRecord, type FeedState } from './feed-state.ts';
import type { Seen } from './seen-table.ts';

/** One thing that a page changes: what goes to Kafka together, and what is remembered once that is committed. */
export interface Change {
  kind: 'record' | 'known' | 'deadLetter' | 'unfitAnswer' | 'forgotten';
  outgoing: OutgoingRecord[];
  identity: string;
  /** Undefined: nothing is remembered any more. */
  seen: Seen | undefined;
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
  records: FeedRecord[];
  bad: { raw: string; reason: string; identity: string }[];
}

/** A body of kilobytes can become records of gigabytes, where each repeats what is around it. */
const MOST_CHARS = 256 * 1024 * 1024;
const LARGEST_DEAD_LETTER_CHARS = 64 * 1024;
/** Below the 1 MiB that Kafka takes by default, with room for headers; a larger record would be refused for ever. */
const LARGEST_RECORD_BYTES = 960 * 1024;
const MOST_BYTES_PER_CHAR = 3;

/** Of several records of one identity on a page the last counts: a page is one observation. */
export function readPage(
  raw: RawRecords,
  shape: RecordShape,
  around: AroundRecord,
  mostChars = MOST_CHARS,
): PageRecords {
  let chars = 0;
  const count = (more: number): void => {
    chars += more;
    if (chars > mostChars)
      throw new UpstreamError(
        'ResponseTooLarge',
        `a page whose records have more than ${mostChars} characters together: ${SMALLER_PAGES}`,
      );
  };
  const records = new Map<string, FeedRecord>();
  const bad: PageRecords['bad'] = [];
  for (let at = 0; at < raw.length; at += 1) {
    try {
      const record =
        raw instanceof FlatRecords
          ? shape.readFlat(raw, at, around)
          : shape.read(raw[at] as ExactJson, around);
      assertFits(record);
      count(record.key.length + record.value.length);
      records.set(record.identity, record);
    } catch (error) {
      if (!(error instanceof BadRecordError)) throw error;
      const text = JSON.stringify(raw instanceof FlatRecords ? raw.tree(at) : raw[at]);
      count(text.length);
      bad.push({ raw: text, reason: error.message, identity: digest('dead letter', error.message, text) });
    }
  }
  const sorted = [...records.values()].sort((a, b) =>
    a.eventTime < b.eventTime ? -1 : a.eventTime > b.eventTime ? 1 : 0,
  );
  return { records: sorted, bad };
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
    if (!state.knows(record.identity, record.hash, generation))
      changes.push(recordChange(record, shared, context));
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

/** To be called once the transaction with the changes is committed. */
export function applyTo(state: FeedState, changes: readonly Change[]): void {
  for (const { identity, seen } of changes) {
    if (seen === undefined) state.forget(identity);
    else state.remember(identity, seen);
  }
}

/** Published before the feed became a snapshot: its tombstone will need the key. */
function knownChange(record: FeedRecord, context: PageContext): Change {
  const { identity } = record;
  const seen = seenOf(record, context);
  return { kind: 'known', outgoing: [stateRecord.seen(context.stateTopic, identity, seen)], identity, seen };
}

function seenOf({ key, eventTime, hash }: FeedRecord, { generation, snapshot }: PageContext): Seen {
  const time = eventTime === '' ? Number.NaN : Date.parse(eventTime);
  return { hash, time, generation, key: snapshot ? key : undefined };
}

function recordChange(
  record: FeedRecord,
  shared: Readonly<Record<string, string>>,
  context: PageContext,
): Change {
  const { key, value, eventTime, identity } = record;
  const { topic, stateTopic } = context;
  const seen = seenOf(record, context);
  return {
    kind: 'record',
    outgoing: [
      { topic, key, value, sharedHeaders: shared, headers: { [HEADERS.eventTime]: eventTime } },
      stateRecord.seen(stateTopic, identity, seen),
    ],
    identity,
    seen,
  };
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
