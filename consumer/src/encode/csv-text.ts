import { stringify } from 'csv-stringify/sync';
import type { CsvSpec } from '@tributary/api';
import type { Cell } from './row.ts';

export type LineEnding = CsvSpec['lineEnding'];

const BYTE_ORDER_MARK = '\ufeff';

/** Rows as RFC 4180 text, each row ended; an empty text is quoted so that it is not taken for null. */
export function csvText(rows: readonly (readonly Cell[])[], lineEnding: LineEnding): string {
  return stringify(rows as Cell[][], {
    record_delimiter: lineEnding === 'crlf' ? '\r\n' : '\n',
    quote_record_delimiter: true,
    quoted_match: [/^$/],
  });
}

/** What a file begins with. */
export function csvHeader(
  header: readonly string[],
  csv: Pick<CsvSpec, 'byteOrderMark' | 'lineEnding'>,
): string {
  return `${csv.byteOrderMark ? BYTE_ORDER_MARK : ''}${csvText([header], csv.lineEnding)}`;
}
