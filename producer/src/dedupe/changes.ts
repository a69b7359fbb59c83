import { HEADERS } from '@tributary/api';
import type { OutgoingRecord } from '@tributary/kafka';
import type { ExactJson } from '../extract/exact-json.ts';
import {
  BadRecordError,
  digest,
  type AroundRecord,
  type FeedRecord,
  type RecordShape,
} from '../extract/record.ts';
import { stateRecord, type FeedState } from './feed-state.ts';
import type { Seen } from './seen-table.ts';

/** One thing that a page changes: what goes to Kafka together, and what is remembered once that is committed. */
export interface Change {
  kind: 'record' | 'deadLetter' | 'unfitAnswer' | 'forgotten';
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

const LARGEST_DEAD_LETTER_CHARS = 64 * 1024;
/** Below the 1 MiB that Kafka takes by default, with room for headers; a larger record would be refused for ever. */
const LARGEST_RECORD_BYTES = 960 * 1024;

/** Of several records of one identity on a page the last counts: a page is one observation. */
export function readPage(raw: readonly ExactJson[], shape: RecordShape, around: AroundRecord): PageRecords {
  const records = new Map<string, FeedRecord>();
  const bad: PageRecords['bad'] = [];
  for (const item of raw) {
    try {
      const record = shape.read(item, around);
      const bytes = Buffer.byteLength(record.value) + Buffer.byteLength(record.key);
      if (bytes > LARGEST_RECORD_BYTES)
        throw new BadRecordError(
          `the record has ${bytes} bytes; at most ${LARGEST_RECORD_BYTES} fit into Kafka`,
        );
      records.set(record.identity, record);
    } catch (error) {
      if (!(error instanceof BadRecordError)) throw error;
      const text = JSON.stringify(item);
      bad.push({ raw: text, reason: error.message, identity: digest('dead letter', error.message, text) });
    }
  }
  const sorted = [...records.values()].sort((a, b) =>
    a.eventTime < b.eventTime ? -1 : a.eventTime > b.eventTime ? 1 : 0,
  );
  return { records: sorted, bad };
}

/** What of a page is new or differs from what was last published (Delivery 2). */
export function changesOf(page: PageRecords, state: FeedState, context: PageContext): Change[] {
  const { generation } = context;
  return [
    ...page.records
      .filter(({ identity, hash }) => !state.knows(identity, hash, generation))
      .map((record) => recordChange(record, context)),
    ...page.bad
      .filter(({ identity }) => !state.knows(identity, identity, generation))
      .map((letter) => deadLetterChange(letter, context)),
  ];
}

/** Tombstones for what a complete poll of a snapshot feed no longer returned (Delivery 2). */
export function deletionsOf(state: FeedState, context: PageContext): Change[] {
  const { topic, stateTopic, generation } = context;
  return state.disappeared(generation).map(({ identity, key, time }) => ({
    kind: 'record',
    outgoing: [
      { topic, key, value: null, headers: headersOf('delete', time, context) },
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

function recordChange(record: FeedRecord, context: PageContext): Change {
  const { topic, stateTopic, generation } = context;
  const { key, value, eventTime, identity, hash } = record;
  const seen: Seen = { hash, time: eventTime, generation, ...(context.snapshot ? { key } : {}) };
  return {
    kind: 'record',
    outgoing: [
      { topic, key, value, headers: headersOf('upsert', eventTime, context) },
      stateRecord.seen(stateTopic, identity, seen),
    ],
    identity,
    seen,
  };
}

function headersOf(
  op: 'upsert' | 'delete',
  eventTime: string,
  { poll, observedAt, generation }: PageContext,
) {
  return {
    [HEADERS.op]: op,
    [HEADERS.poll]: poll,
    [HEADERS.observedAt]: observedAt,
    [HEADERS.eventTime]: eventTime,
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
  const seen: Seen = { hash: identity, time: '', generation, dead: true };
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
