import type { Column } from '@tributary/api';
import { CellReader } from './cell-reader.ts';
import { digest } from './digest.ts';
import { eventTime } from './event-time.ts';
import { cellText, isObject, type ExactJson, type ExactObject } from './exact-json.ts';
import { ExpressionError } from './expression/value.ts';
import { objectOf } from './member-order.ts';
import type { FlatRecords } from './flat/flat-records.ts';
import { FlatShape } from './flat/flat-shape.ts';
import type { Found } from './member-path.ts';
import { TakenMembers } from './taken-members.ts';
import { zoneNamed } from './time/zone.ts';

/** One record of the feed, as it goes into the topic. */
export interface FeedRecord {
  /** JSON object of the key columns (docs/contracts.md). */
  key: string;
  /** JSON object of column → text or null, declared columns first. */
  value: string;
  /** UTC; empty where the record tells none. */
  eventTime: string;
  /** Identity for dedupe: key and event time, digested so that state stays small. */
  identity: string;
  /** Of the content. */
  hash: string;
  /** Text of each declared column. */
  cells: ReadonlyMap<string, string | null>;
}

/** A record that cannot be taken; it goes to the dead letters with this reason. */
export class BadRecordError extends Error {
  override readonly name = 'BadRecordError';
  readonly code = 'BadRecord';
}

export interface ShapeOptions {
  /** Words that stand for a missing value. */
  nulls?: readonly string[];
  /** Takes secrets out of a text: an API may echo the key, escaped in a way that only parsing undoes (Delivery 8). */
  redact?: (text: string) => string;
}

/** What the body says that holds for all of its records. */
export interface AroundRecord {
  /** The whole body, for paths that begin with `$.`. */
  body?: ExactJson | undefined;
  /** Zone of times without one. */
  zone?: string | undefined;
}

/** Turns raw records into feed records; compiled once per feed. The same record always gives the same bytes. */
export class RecordShape {
  readonly #cells: readonly CellReader[];
  readonly #names: readonly string[];
  readonly #keyColumns: readonly { at: number; name: string; jsonName: string }[];
  readonly #time: CellReader | undefined;
  readonly #timeAt: number;
  readonly #declared: ReadonlySet<string>;
  readonly #nulls: ReadonlySet<string>;
  readonly #redact: (text: string) => string;
  /** Undefined where a column is more than a member as it is. */
  readonly #flat: FlatShape | undefined;
  /** Of the record before: most records are taken from in the same places. */
  #taken = new TakenMembers([]);

  /** Throws an ExpressionError for a path that is none. */
  constructor(columns: readonly Column[], { nulls = [], redact = (text) => text }: ShapeOptions = {}) {
    this.#nulls = new Set(nulls);
    this.#cells = columns.map((column) => new CellReader(column, this.#nulls));
    this.#names = columns.map(({ name }) => name);
    this.#keyColumns = this.#cells.flatMap(({ column: { name, role }, jsonName }, at) =>
      role === 'key' ? [{ at, name, jsonName }] : [],
    );
    this.#timeAt = columns.findIndex(({ role }) => role === 'time');
    this.#time = this.#cells[this.#timeAt];
    this.#declared = new Set(columns.map(({ name }) => name));
    this.#redact = redact;
    if (this.#cells.every(({ member }) => member !== undefined))
      this.#flat = new FlatShape(this.#cells, { nulls: this.#nulls, redact });
  }

  /** As `read` would: the simple records from their text, the others from the tree. */
  readFlat(records: FlatRecords, index: number, around: AroundRecord = {}): FeedRecord {
    return this.#flat?.read(records, index, around.zone) ?? this.read(records.tree(index), around);
  }

  read(raw: ExactJson, { body = raw, zone }: AroundRecord = {}): FeedRecord {
    if (raw === null) throw new BadRecordError('a record must hold something, this is null');
    const texts: (string | null)[] = [];
    const taken: (readonly string[])[] = [];
    const parts: string[] = [];
    for (const reader of this.#cells) {
      const found = this.#find(reader, raw, body);
      if (found?.steps !== undefined) taken.push(found.steps);
      const text = reader.text(found, raw, body);
      texts.push(text);
      parts.push(`${reader.jsonName}:${jsonText(text)}`);
    }
    const key = this.#key(texts);
    const time = this.#eventTime(texts, raw, body, zone);
    this.#addUndeclared(parts, raw, taken);
    const value = this.#redact(`{${parts.join(',')}}`);
    return new ReadRecord(key, value, time, this.#names, texts);
  }

  #find(reader: CellReader, raw: ExactJson, body: ExactJson): Found | undefined {
    try {
      return reader.find(raw, body);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      throw new BadRecordError(`column ${reader.column.name}: ${error.message}`, { cause: error });
    }
  }

  #key(texts: readonly (string | null)[]): string {
    if (this.#keyColumns.length === 0) {
      const time = this.#time === undefined ? null : texts[this.#timeAt];
      if (time === null || time === undefined)
        throw new BadRecordError('there is neither a key column nor an event time to identify it by');
      return this.#redact(`{"time":${jsonText(time)}}`);
    }
    const parts: string[] = [];
    for (const { at, name, jsonName } of this.#keyColumns) {
      const text = texts[at] ?? '';
      if (text === '') throw new BadRecordError(`key column ${name} is missing`);
      parts.push(`${jsonName}:${jsonText(text)}`);
    }
    return this.#redact(`{${parts.join(',')}}`);
  }

  /** A zone goes by what stands closest: in the text itself, in the record, in the body, in the column. */
  #eventTime(
    texts: readonly (string | null)[],
    raw: ExactJson,
    body: ExactJson,
    ofBody: string | undefined,
  ): string {
    if (this.#time === undefined) return '';
    const { column } = this.#time;
    const text = texts[this.#timeAt] ?? null;
    if (text === null) return '';
    const stated = this.#time.zone(raw, body);
    const zone = stated === null ? (ofBody ?? column.zone) : zoneNamed(stated);
    if (stated !== null && zone === undefined)
      throw new BadRecordError(
        `time column ${column.name}: the zone ${JSON.stringify(stated.slice(0, 64))} is not known`,
      );
    const time = eventTime(text, { format: column.format, zone });
    if (time === undefined) {
      const expected = column.format ?? 'an ISO 8601 date or time';
      throw new BadRecordError(
        `time column ${column.name}: ${JSON.stringify(text.slice(0, 64))} is not ${expected}`,
      );
    }
    return time;
  }

  /** A column may bear the name of a member that it does not take; neither replaces the other. */
  #addUndeclared(parts: string[], raw: ExactJson, taken: readonly (readonly string[])[]): void {
    this.#taken = this.#taken.fits(taken) ? this.#taken : new TakenMembers(taken);
    this.#taken.forEachRemaining(asObject(raw), (name, value) => {
      const text = cellText(value);
      const shown = this.#declared.has(name) ? `$.${name}` : name;
      parts.push(
        `${JSON.stringify(shown)}:${text !== null && this.#nulls.has(text) ? 'null' : jsonText(text)}`,
      );
    });
  }
}

class ReadRecord implements FeedRecord {
  readonly key: string;
  readonly value: string;
  readonly eventTime: string;
  readonly identity: string;
  readonly hash: string;
  readonly #names: readonly string[];
  readonly #texts: readonly (string | null)[];

  constructor(
    key: string,
    value: string,
    eventTime: string,
    names: readonly string[],
    texts: readonly (string | null)[],
  ) {
    this.key = key;
    this.value = value;
    this.eventTime = eventTime;
    this.identity = digest(key, eventTime);
    this.hash = digest(value);
    this.#names = names;
    this.#texts = texts;
  }

  get cells(): ReadonlyMap<string, string | null> {
    return new Map(this.#names.map((name, at) => [name, this.#texts[at] ?? null]));
  }
}

/** Members of what is no object: items by their number, anything else as `value`. */
function asObject(raw: ExactJson): ExactObject {
  if (isObject(raw)) return raw;
  if (Array.isArray(raw)) return objectOf(raw.map((item, index) => [String(index), item] as const));
  return { value: raw };
}

/** What JSON.stringify writes, which is seldom more than the quotes. */
function jsonText(text: string | null): string {
  if (text === null) return 'null';
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

const PLAIN = /^[ !#-[\]-~]*$/;
