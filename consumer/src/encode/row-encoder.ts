import type { Column, CsvDialect } from '@tributary/api';
import type { FetchedRecord } from '@tributary/kafka';
import { csvText } from './csv-text.ts';
import { LineageTemplate } from './lineage-template.ts';
import { parseMembers } from './members.ts';
import { PlainMembers } from './plain-members.ts';
import { rowOf } from './row.ts';

/** How much is encoded at once: enough to be fast, little enough that nothing else waits for long. */
const CHUNK_BYTES = 256 * 1024;
/** Shared by all encoders: rows are written here and copied out before anything else runs. */
const SCRATCH = Buffer.allocUnsafeSlow(CHUNK_BYTES);
const LINE_END = 2;

export interface EncodeLimits {
  /** No more rows than this. */
  readonly rows: number;
  /** Ends with the first row that reaches this. */
  readonly bytes: number;
}

export interface EncodedRows {
  readonly bytes: Buffer;
  /** Index after the last record that they are of. */
  readonly end: number;
}

/**
 * The text of records' rows. Gives the same bytes as csv-stringify, which it leaves all but the plain rows to
 * (docs/decisions/tuned-landing-path.md); its tests compare the two.
 */
export class RowEncoder {
  readonly #columns: readonly Column[];
  readonly #dialect: CsvDialect;
  readonly #end: Buffer;
  readonly #declared: ReadonlySet<string>;
  readonly #members: PlainMembers;
  #lineage: LineageTemplate | undefined;

  constructor(columns: readonly Column[], dialect: CsvDialect) {
    this.#columns = columns;
    this.#dialect = dialect;
    this.#end = Buffer.from(dialect.lineTerminator);
    const names = columns.map(({ name }) => name);
    this.#declared = new Set(names);
    this.#members = new PlainMembers(names, dialect);
  }

  /** The rows of the records from `start` on, at least one, as far as the limits and a chunk go. */
  encode(records: readonly FetchedRecord[], start: number, limits: EncodeLimits): EncodedRows {
    const most = Math.min(records.length, start + Math.max(1, limits.rows));
    let at = 0;
    let end = start;
    for (; end < most && (end === start || at < limits.bytes); end += 1) {
      const record = records[end] as FetchedRecord;
      const plainEnd = this.#plainRow(record, SCRATCH, at);
      if (plainEnd >= 0) {
        at = plainEnd;
        continue;
      }
      const row = this.#anyRow(record);
      if (at + row.length > SCRATCH.length) {
        // A row larger than a chunk is one of its own.
        if (end === start) return { bytes: row, end: end + 1 };
        break;
      }
      at += row.copy(SCRATCH, at);
    }
    return { bytes: Buffer.from(SCRATCH.subarray(0, at)), end };
  }

  /** Where the row ends, or -1 for one that is not plain, or that might not fit. */
  #plainRow(record: FetchedRecord, out: Buffer, start: number): number {
    const { bytes, valueAt, valueEnd } = record;
    if (valueAt < 0) return -1;
    if (this.#lineage?.fits(record) !== true) this.#lineage = LineageTemplate.learn(record, this.#dialect);
    const lineage = this.#lineage;
    if (lineage === undefined) return -1;
    if (start + lineage.length + this.#members.bound(valueEnd - valueAt) + LINE_END > out.length) return -1;
    const lineageEnd = lineage.write(record, out, start);
    if (lineageEnd < 0) return -1;
    let at = this.#members.write(bytes, valueAt, valueEnd, out, lineageEnd);
    if (at < 0) return -1;
    for (let index = 0; index < this.#end.length; index += 1) out[at++] = this.#end[index] as number;
    return at;
  }

  /** The row of any record, by csv-stringify. */
  #anyRow(record: FetchedRecord): Buffer {
    this.#learnUndeclared(record);
    return Buffer.from(csvText([rowOf(record, this.#columns, this.#dialect)], this.#dialect));
  }

  #learnUndeclared({ value }: FetchedRecord): void {
    const members = value === null ? undefined : parseMembers(value);
    if (members === undefined) return;
    this.#members.expect([...members.keys()].filter((name) => !this.#declared.has(name)));
  }
}
