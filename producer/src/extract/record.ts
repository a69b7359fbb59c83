import { hash } from 'node:crypto';
import type { Column } from '@tributary/api';
import { CellReader } from './cell-reader.ts';
import { eventTime } from './event-time.ts';
import { cellText, isObject, type ExactJson, type ExactObject } from './exact-json.ts';
import { ExpressionError } from './expression/value.ts';
import { objectOf } from './member-order.ts';
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
  /** Identity for dedupe: key and event time. 128 bits, so that state stays small. */
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
  readonly #keyColumns: readonly string[];
  readonly #time: CellReader | undefined;
  readonly #declared: ReadonlySet<string>;
  readonly #nulls: ReadonlySet<string>;
  readonly #redact: (text: string) => string;
  /** Of the record before: most records are taken from in the same places. */
  #taken = new TakenMembers([]);

  /** Throws an ExpressionError for a path that is none. */
  constructor(columns: readonly Column[], { nulls = [], redact = (text) => text }: ShapeOptions = {}) {
    this.#nulls = new Set(nulls);
    this.#cells = columns.map((column) => new CellReader(column, this.#nulls));
    this.#keyColumns = columns.filter(({ role }) => role === 'key').map(({ name }) => name);
    this.#time = this.#cells.find(({ column }) => column.role === 'time');
    this.#declared = new Set(columns.map(({ name }) => name));
    this.#redact = redact;
  }

  read(raw: ExactJson, { body = raw, zone }: AroundRecord = {}): FeedRecord {
    if (raw === null) throw new BadRecordError('a record must hold something, this is null');
    const cells = new Map<string, string | null>();
    const taken: (readonly string[])[] = [];
    const parts: string[] = [];
    for (const reader of this.#cells) {
      const found = this.#find(reader, raw, body);
      if (found?.steps !== undefined) taken.push(found.steps);
      const text = reader.text(found, raw, body);
      cells.set(reader.column.name, text);
      parts.push(`${reader.jsonName}:${JSON.stringify(text)}`);
    }
    const key = this.#key(cells);
    const time = this.#eventTime(cells, raw, body, zone);
    this.#addUndeclared(parts, raw, taken);
    const value = this.#redact(`{${parts.join(',')}}`);
    return { key, value, eventTime: time, identity: digest(key, time), hash: digest(value), cells };
  }

  #find(reader: CellReader, raw: ExactJson, body: ExactJson): Found | undefined {
    try {
      return reader.find(raw, body);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      throw new BadRecordError(`column ${reader.column.name}: ${error.message}`, { cause: error });
    }
  }

  #key(cells: ReadonlyMap<string, string | null>): string {
    if (this.#keyColumns.length === 0) {
      const time = this.#time === undefined ? null : cells.get(this.#time.column.name);
      if (time === null || time === undefined)
        throw new BadRecordError('there is neither a key column nor an event time to identify it by');
      return this.#redact(jsonObject([['time', time]]));
    }
    const missing = this.#keyColumns.find((name) => (cells.get(name) ?? '') === '');
    if (missing !== undefined) throw new BadRecordError(`key column ${missing} is missing`);
    return this.#redact(jsonObject(this.#keyColumns.map((name) => [name, cells.get(name) ?? null])));
  }

  /** A zone goes by what stands closest: in the text itself, in the record, in the body, in the column. */
  #eventTime(
    cells: ReadonlyMap<string, string | null>,
    raw: ExactJson,
    body: ExactJson,
    ofBody: string | undefined,
  ): string {
    if (this.#time === undefined) return '';
    const { column } = this.#time;
    const text = cells.get(column.name) ?? null;
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
        `${JSON.stringify(shown)}:${text !== null && this.#nulls.has(text) ? 'null' : JSON.stringify(text)}`,
      );
    });
  }
}

/** Members of what is no object: items by their number, anything else as `value`. */
function asObject(raw: ExactJson): ExactObject {
  if (isObject(raw)) return raw;
  if (Array.isArray(raw)) return objectOf(raw.map((item, index) => [String(index), item] as const));
  return { value: raw };
}

/** Written member by member: an object would put names that look like numbers first. */
function jsonObject(members: Iterable<readonly [string, string | null]>): string {
  const parts: string[] = [];
  for (const [name, text] of members) parts.push(`${JSON.stringify(name)}:${JSON.stringify(text)}`);
  return `{${parts.join(',')}}`;
}

const DIGEST_CHARS = 22;
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** The last character holds two bits of the digest; what it holds of the next byte is cleared. */
const LAST_CHAR = new Map([...BASE64URL].map((char, value) => [char, BASE64URL.charAt(value & 0b110000)]));

/** Of the parts one by one: joining them otherwise gives another digest. 128 bits, written by the hash itself: bytes would cost twice the time. */
export function digest(...parts: string[]): string {
  let text = '';
  for (const part of parts) text += `${part.length}:${part}`;
  const whole = hash('sha256', text, 'base64url');
  return whole.slice(0, DIGEST_CHARS - 1) + (LAST_CHAR.get(whole.charAt(DIGEST_CHARS - 1)) ?? '');
}
