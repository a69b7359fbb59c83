import { HEADERS, type CsvSpec } from '@tributary/api';
import { csvText } from './csv-text.ts';
import { neutraliseFormula } from './formula.ts';
import { observedAt, rowOf, type Cell, type RowLayout } from './row.ts';
import type { TopicRecord } from './topic-record.ts';

/** What RFC 4180, as csv-stringify reads it, wants in quotes. */
const WANTS_QUOTES = /[",\r\n]/;

/**
 * The text of records' rows. Gives the same bytes as csv-stringify, which it leaves all but the plain rows to
 * (docs/decisions/tuned-landing-path.md); its tests compare the two.
 */
export class RowEncoder {
  readonly #layout: RowLayout;
  readonly #lineEnding: CsvSpec['lineEnding'];
  readonly #end: string;
  readonly #names: readonly string[];
  readonly #observed = new LastText(fieldText);
  readonly #poll = new LastText(fieldText);

  constructor(layout: RowLayout, lineEnding: CsvSpec['lineEnding']) {
    this.#layout = layout;
    this.#lineEnding = lineEnding;
    // Behind the last column: no undeclared members, and the end of the row.
    this.#end = lineEnding === 'crlf' ? ',\r\n' : ',\n';
    this.#names = layout.columns.map(({ name }) => name);
  }

  text(records: readonly TopicRecord[]): string {
    let text = '';
    for (const record of records) {
      text += this.#plainRow(record) ?? csvText([rowOf(record, this.#layout)], this.#lineEnding);
    }
    return text;
  }

  /** Undefined where a row is more than texts and nulls of declared columns. */
  #plainRow(record: TopicRecord): string | undefined {
    const { value, headers } = record;
    if (value === null || headers.get(HEADERS.op) === 'delete') return undefined;
    const members = parsePlain(value);
    if (members === undefined) return undefined;
    const poll = headers.get(HEADERS.poll) ?? '';
    const event = headers.get(HEADERS.eventTime) ?? '';
    let row =
      `${record.partition},${record.offset},upsert,` +
      `${poll === '' ? '' : this.#poll.of(poll)},` +
      `${this.#observed.of(observedAt(record))},` +
      `${event === '' ? '' : fieldText(event)}`;
    let present = 0;
    for (const name of this.#names) {
      row += ',';
      const cell = members[name];
      if (typeof cell === 'string') {
        row += this.#layout.escapeFormulas ? fieldText(neutraliseFormula(cell)) : fieldText(cell);
        present += 1;
      } else if (Object.hasOwn(members, name)) {
        if (cell !== null) return undefined;
        present += 1;
      }
    }
    return Object.keys(members).length === present ? row + this.#end : undefined;
  }
}

function parsePlain(value: Buffer): Readonly<Record<string, Cell | object>> | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value.toString('utf8'));
  } catch {
    return undefined; // kept as text by the slow path
  }
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    ? (parsed as Record<string, Cell | object>)
    : undefined;
}

function fieldText(text: string): string {
  if (text === '') return '""';
  return WANTS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One result is remembered: records of a poll come together. */
class LastText {
  readonly #make: (text: string) => string;
  #text = '';
  #made = '';

  constructor(make: (text: string) => string) {
    this.#make = make;
  }

  of(text: string): string {
    if (text !== this.#text) {
      this.#made = this.#make(text);
      this.#text = text;
    }
    return this.#made;
  }
}
