import { HEADERS, type Column, type CsvDialect } from '@tributary/api';
import { csvText } from './csv-text.ts';
import { neutraliseFormula } from './formula.ts';
import { observedAt, rowOf, type Cell } from './row.ts';
import type { TopicRecord } from './topic-record.ts';

/**
 * The text of records' rows. Gives the same bytes as csv-stringify, which it leaves all but the plain rows to
 * (docs/decisions/tuned-landing-path.md); its tests compare the two.
 */
export class RowEncoder {
  readonly #columns: readonly Column[];
  readonly #dialect: CsvDialect;
  /** Between the offset and the poll. */
  readonly #upsert: string;
  readonly #end: string;
  readonly #names: readonly string[];
  readonly #fieldText: (text: string) => string;
  readonly #observed: LastText;
  readonly #poll: LastText;

  constructor(columns: readonly Column[], dialect: CsvDialect) {
    this.#columns = columns;
    this.#dialect = dialect;
    const { delimiter, nullSequence, lineTerminator } = dialect;
    // Behind the last column: no undeclared members, and the end of the row.
    this.#end = `${delimiter}${nullSequence}${lineTerminator}`;
    this.#names = columns.map(({ name }) => name);
    this.#fieldText = fieldTextIn(dialect);
    this.#upsert = `${delimiter}${this.#fieldText('upsert')}${delimiter}`;
    this.#observed = new LastText(this.#fieldText);
    this.#poll = new LastText(this.#fieldText);
  }

  text(records: readonly TopicRecord[]): string {
    let text = '';
    for (const record of records) {
      text += this.#plainRow(record) ?? csvText([rowOf(record, this.#columns, this.#dialect)], this.#dialect);
    }
    return text;
  }

  /** Undefined where a row is more than texts and nulls of declared columns. */
  #plainRow(record: TopicRecord): string | undefined {
    const { value, headers } = record;
    if (value === null || headers.get(HEADERS.op) === 'delete') return undefined;
    const members = parsePlain(value);
    if (members === undefined) return undefined;
    const { delimiter, nullSequence, formulasEscaped } = this.#dialect;
    const fieldText = this.#fieldText;
    const poll = headers.get(HEADERS.poll) ?? '';
    const event = headers.get(HEADERS.eventTime) ?? '';
    let row =
      `${record.partition}${delimiter}${record.offset}${this.#upsert}` +
      `${poll === '' ? nullSequence : this.#poll.of(poll)}${delimiter}` +
      `${this.#observed.of(observedAt(record))}${delimiter}` +
      `${event === '' ? nullSequence : fieldText(event)}`;
    let present = 0;
    for (const name of this.#names) {
      row += delimiter;
      const cell = members[name];
      if (typeof cell === 'string') {
        row += formulasEscaped ? fieldText(neutraliseFormula(cell)) : fieldText(cell);
        present += 1;
      } else {
        row += nullSequence;
        if (!Object.hasOwn(members, name)) continue;
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

/** Quotes what csv-stringify quotes: what ends a cell or a row, quotation marks, and what would be read as null. */
function fieldTextIn({ delimiter, quoteChar, nullSequence }: CsvDialect): (text: string) => string {
  const wantsQuotes = new RegExp(`[${RegExp.escape(delimiter)}${quoteChar}\\r\\n]`);
  const twice = quoteChar + quoteChar;
  const quoted = (text: string): string => quoteChar + text.replaceAll(quoteChar, twice) + quoteChar;
  return (text) => {
    if (text === '') return twice;
    return wantsQuotes.test(text) || text === nullSequence ? quoted(text) : text;
  };
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
