import { HEADERS, type CsvDialect } from '@tributary/api';
import type { FetchedRecord } from '@tributary/kafka';
import { csvText } from './csv-text.ts';
import { BYTE, NOT_ASCII, quotedBytes } from './byte-classes.ts';
import { lineageOf, type Cell } from './row.ts';

const LONGEST_OFFSET = 19;

/**
 * The lineage cells of records that differ in their offset and event time only, as those of one poll do: their headers are
 * compared byte by byte with those that it was learnt from.
 */
export class LineageTemplate {
  readonly #partition: number;
  /** The headers as they lay in that record. */
  readonly #headers: Buffer;
  /** Where the event time stands in them; both where they end if there is none. */
  readonly #eventAt: number;
  readonly #eventEnd: number;
  readonly #wantsQuotes: Uint8Array;
  /** `<partition>,` */
  readonly #before: Buffer;
  /** `,upsert,<poll>,<observed at>,`, and null behind it where there is no event time. */
  readonly #between: Buffer;

  private constructor(record: FetchedRecord, dialect: CsvDialect, eventAt: number, eventEnd: number) {
    this.#partition = record.partition;
    this.#headers = Buffer.from(record.bytes.subarray(record.headersAt, record.headersEnd));
    this.#eventAt = eventAt;
    this.#eventEnd = eventEnd;
    this.#wantsQuotes = quotedBytes(dialect);
    const { delimiter, lineTerminator, nullSequence } = dialect;
    const [partition = null, , op = null, poll = null, observed = null] = lineageOf(record);
    const text = (cells: Cell[]): string => csvText([cells], dialect).slice(0, -lineTerminator.length);
    this.#before = Buffer.from(text([partition]) + delimiter);
    const between = delimiter + text([op, poll, observed]) + delimiter;
    this.#between = Buffer.from(eventAt === eventEnd ? between + nullSequence : between);
  }

  /** Undefined for what is no plain upsert: a delete, or a record whose own time stands for what its headers lack. */
  static learn(record: FetchedRecord, dialect: CsvDialect): LineageTemplate | undefined {
    const { headers, headersAt, headersEnd } = record;
    const observed = headers.get(HEADERS.observedAt);
    if (headers.get(HEADERS.op) === 'delete' || observed === undefined || lineageOf(record)[4] !== observed)
      return undefined;
    const event = record.headerValue(HEADERS.eventTime);
    const { at, end } = event ?? { at: headersEnd, end: headersEnd };
    // What might read like null is left to csv-stringify.
    const { nullSequence } = dialect;
    if (/^\d+$/.test(nullSequence) || (nullSequence !== '' && end - at === nullSequence.length))
      return undefined;
    return new LineageTemplate(record, dialect, at - headersAt, end - headersAt);
  }

  /** An upper bound of what `write` writes. */
  get length(): number {
    return this.#before.length + LONGEST_OFFSET + this.#between.length + this.#eventEnd - this.#eventAt;
  }

  fits({ partition, bytes, headersAt, headersEnd }: FetchedRecord): boolean {
    const headers = this.#headers;
    const [eventAt, eventEnd] = [this.#eventAt, this.#eventEnd];
    if (headersEnd - headersAt !== headers.length || partition !== this.#partition) return false;
    for (let index = 0; index < eventAt; index += 1) {
      if (headers[index] !== bytes[headersAt + index]) return false;
    }
    for (let index = eventEnd; index < headers.length; index += 1) {
      if (headers[index] !== bytes[headersAt + index]) return false;
    }
    return true;
  }

  /** Writes the cells of a record that fits, without a delimiter behind them; where they end, or -1 where they are not plain. */
  write(record: FetchedRecord, out: Buffer, start: number): number {
    const { bytes, headersAt } = record;
    let to = start;
    const before = this.#before;
    for (let index = 0; index < before.length; index += 1) out[to++] = before[index] as number;
    to = writeDigits(record.offset, out, to);
    const between = this.#between;
    for (let index = 0; index < between.length; index += 1) out[to++] = between[index] as number;
    const eventEnd = headersAt + this.#eventEnd;
    for (let from = headersAt + this.#eventAt; from < eventEnd; from += 1) {
      const byte = bytes[from] as number;
      if (this.#wantsQuotes[byte] === 1 || byte < BYTE.space || byte >= NOT_ASCII) return -1;
      out[to++] = byte;
    }
    return to;
  }
}

function writeDigits(offset: bigint, out: Buffer, start: number): number {
  if (offset > Number.MAX_SAFE_INTEGER) return start + out.write(String(offset), start);
  let rest = Number(offset);
  let end = start + 1;
  for (let bound = 10; rest >= bound; bound *= 10) end += 1;
  for (let at = end - 1; at >= start; at -= 1) {
    const tens = Math.floor(rest / 10);
    out[at] = 0x30 + rest - tens * 10;
    rest = tens;
  }
  return end;
}
