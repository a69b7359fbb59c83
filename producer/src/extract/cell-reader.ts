import type { Column } from '@tributary/api';
import { cellText, type ExactJson } from './exact-json.ts';
import { compilePath, plainMember, type Found, type MemberPath } from './member-path.ts';
import { readableNumber } from './number-writing.ts';

/** Reads one column's cell of a record; compiled once per feed. */
export class CellReader {
  readonly column: Column;
  /** The column's name as it stands in a JSON object. */
  readonly jsonName: string;
  /** The member whose value the cell is, as it is; undefined where there is more to it. */
  readonly member: string | undefined;
  /** Words that stand for a missing value. */
  readonly nulls: ReadonlySet<string>;
  readonly #path: MemberPath;
  readonly #nullFrom: MemberPath | undefined;
  readonly #zoneFrom: MemberPath | undefined;

  constructor(column: Column, nulls: ReadonlySet<string>) {
    this.column = column;
    this.jsonName = JSON.stringify(column.name);
    const path = column.path ?? quotedWhereNeeded(column.name);
    this.#path = compilePath(path);
    const asItIs = (column.nullFrom ?? column.zoneFrom ?? column.number) === undefined;
    this.member = asItIs ? plainMember(path) : undefined;
    this.nulls = column.nulls === undefined ? nulls : new Set([...nulls, ...column.nulls]);
    this.#nullFrom = column.nullFrom === undefined ? undefined : compilePath(column.nullFrom);
    this.#zoneFrom = column.zoneFrom === undefined ? undefined : compilePath(column.zoneFrom);
  }

  find(record: ExactJson, body: ExactJson): Found | undefined {
    return this.#path.find(record, body);
  }

  /** Text of the cell; null where the value is missing. */
  text(found: Found | undefined, record: ExactJson, body: ExactJson): string | null {
    const text = found === undefined ? null : cellText(found.value);
    if (text === null || this.nulls.has(text)) return null;
    if (this.#nullFrom !== undefined && sameWord(text, this.#told(this.#nullFrom, record, body))) return null;
    return this.column.number === undefined ? text : readableNumber(text, this.column.number);
  }

  /** The zone that record or body states. */
  zone(record: ExactJson, body: ExactJson): string | null {
    return this.#zoneFrom === undefined ? null : this.#told(this.#zoneFrom, record, body);
  }

  #told(path: MemberPath, record: ExactJson, body: ExactJson): string | null {
    const found = path.find(record, body);
    return found === undefined ? null : cellText(found.value);
  }
}

function quotedWhereNeeded(name: string): string {
  return /^[A-Za-z][A-Za-z0-9_]*$/.test(name) ? name : JSON.stringify(name);
}

/** `-999999` and `-999999.0` are the same word for a missing value. */
function sameWord(text: string, word: string | null): boolean {
  if (word === null || text.trim() === '' || word.trim() === '') return false;
  return text === word || Number(text) === Number(word);
}
