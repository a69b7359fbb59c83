import { createHash } from 'node:crypto';
import type { Column } from '@tributary/api';
import { eventTime } from './event-time.ts';
import { cellText, isObject, type ExactJson } from './exact-json.ts';
import { findPath, remainingMembers } from './member-path.ts';

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

/** Turns raw records into feed records; compiled once per feed. The same record always gives the same bytes. */
export class RecordShape {
  readonly #columns: readonly Column[];
  readonly #keyColumns: readonly string[];
  readonly #time: Column | undefined;
  readonly #nulls: ReadonlySet<string>;
  readonly #redact: (text: string) => string;

  constructor(columns: readonly Column[], { nulls = [], redact = (text) => text }: ShapeOptions = {}) {
    this.#columns = columns;
    this.#keyColumns = columns.filter(({ role }) => role === 'key').map(({ name }) => name);
    this.#time = columns.find(({ role }) => role === 'time');
    this.#nulls = new Set(nulls);
    this.#redact = redact;
  }

  /** `zone` is what the body itself states of times without one; a column's own zone is the fallback. */
  read(raw: ExactJson, zone?: string): FeedRecord {
    if (!isObject(raw))
      throw new BadRecordError(`a record must be an object, this is ${JSON.stringify(raw).slice(0, 64)}`);
    const cells = new Map<string, string | null>();
    const taken: (readonly string[])[] = [];
    for (const { name, path = name } of this.#columns) {
      const found = findPath(raw, path);
      if (found !== undefined) taken.push(found.steps);
      cells.set(name, this.#cell(found?.value));
    }
    const key = this.#key(cells);
    const time = this.#eventTime(cells, zone);
    const value = this.#redact(jsonObject([...cells, ...this.#undeclared(raw, taken, cells)]));
    return { key, value, eventTime: time, identity: digest(key, time), hash: digest(value), cells };
  }

  #key(cells: ReadonlyMap<string, string | null>): string {
    if (this.#keyColumns.length === 0) {
      const time = this.#time === undefined ? null : cells.get(this.#time.name);
      if (time === null || time === undefined)
        throw new BadRecordError('there is neither a key column nor an event time to identify it by');
      return this.#redact(jsonObject([['time', time]]));
    }
    const missing = this.#keyColumns.find((name) => (cells.get(name) ?? '') === '');
    if (missing !== undefined) throw new BadRecordError(`key column ${missing} is missing`);
    return this.#redact(jsonObject(this.#keyColumns.map((name) => [name, cells.get(name) ?? null])));
  }

  #eventTime(cells: ReadonlyMap<string, string | null>, zone: string | undefined): string {
    const column = this.#time;
    const text = column === undefined ? null : (cells.get(column.name) ?? null);
    if (column === undefined || text === null) return '';
    const time = eventTime(text, { format: column.format, zone: zone ?? column.zone });
    if (time === undefined) {
      const expected = column.format ?? 'an ISO 8601 date or time';
      throw new BadRecordError(
        `time column ${column.name}: ${JSON.stringify(text.slice(0, 64))} is not ${expected}`,
      );
    }
    return time;
  }

  /** A column may bear the name of a member that it does not take; neither replaces the other. */
  #undeclared(
    raw: { [name: string]: ExactJson },
    taken: readonly (readonly string[])[],
    declared: ReadonlyMap<string, unknown>,
  ): [string, string | null][] {
    return [...remainingMembers(raw, taken)].map(([name, value]) => [
      declared.has(name) ? `$.${name}` : name,
      this.#cell(value),
    ]);
  }

  #cell(value: ExactJson | undefined): string | null {
    const text = value === undefined ? null : cellText(value);
    return text !== null && this.#nulls.has(text) ? null : text;
  }
}

/** Written member by member: an object would put names that look like numbers first. */
function jsonObject(members: Iterable<readonly [string, string | null]>): string {
  const parts: string[] = [];
  for (const [name, text] of members) parts.push(`${JSON.stringify(name)}:${JSON.stringify(text)}`);
  return `{${parts.join(',')}}`;
}

/** Of the parts one by one: joining them otherwise gives another digest. */
export function digest(...parts: string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('base64url').slice(0, 22);
}
