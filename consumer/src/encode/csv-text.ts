import { stringify, type Options } from 'csv-stringify/sync';
import type { CsvDialect } from '@tributary/api';
import type { Cell } from './row.ts';

const BYTE_ORDER_MARK = '\ufeff';

/** Rows as text in a dialect, each row ended; what would be read as null is quoted, so that it is not taken for it. */
export function csvText(rows: readonly (readonly Cell[])[], dialect: CsvDialect): string {
  return stringify(rows as Cell[][], stringifyOptions(dialect));
}

/** What a file begins with; nothing where there is no header. */
export function csvHeader(header: readonly string[], dialect: CsvDialect): string {
  return `${dialect.byteOrderMark ? BYTE_ORDER_MARK : ''}${dialect.header ? csvText([header], dialect) : ''}`;
}

function stringifyOptions({ delimiter, quoteChar, lineTerminator, nullSequence }: CsvDialect): Options {
  return {
    delimiter,
    quote: quoteChar,
    // Within quotes a quotation mark is doubled.
    escape: quoteChar,
    record_delimiter: lineTerminator,
    quote_record_delimiter: true,
    quoted_match: [/^$/, ...(nullSequence === '' ? [] : [new RegExp(`^${RegExp.escape(nullSequence)}$`)])],
    ...(nullSequence === '' ? {} : { cast: { null: () => ({ value: nullSequence, quoted_match: null }) } }),
  };
}
