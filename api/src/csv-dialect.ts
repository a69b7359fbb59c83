import { CSV_DEFAULT, type CsvSpec } from './spec/csv.ts';

/**
 * How the text of a file is to be read: `csv` of `_meta/schema-<n>.json`, beside the columns. What Frictionless' CSV
 * Dialect has a name for is named so. Compression is told by a file's name.
 */
export interface CsvDialect {
  readonly delimiter: string;
  readonly quoteChar: string;
  readonly lineTerminator: string;
  readonly header: boolean;
  /** What a null is, without quotes. */
  readonly nullSequence: string;
  readonly byteOrderMark: boolean;
  /** Whether cells that a spreadsheet would run have an apostrophe before them. */
  readonly formulasEscaped: boolean;
}

const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t', pipe: '|' } as const;
const QUOTES = { double: '"', single: "'" } as const;
const LINE_ENDS = { lf: '\n', crlf: '\r\n' } as const;

export function csvDialect(csv: Omit<CsvSpec, 'compression' | 'cut'>): CsvDialect {
  return {
    delimiter: DELIMITERS[csv.delimiter],
    quoteChar: QUOTES[csv.quote],
    lineTerminator: LINE_ENDS[csv.lineEnding],
    header: csv.header,
    nullSequence: csv.nullText,
    byteOrderMark: csv.byteOrderMark,
    formulasEscaped: csv.escapeFormulas,
  };
}

/** Of files that say nothing of theirs. */
export const DEFAULT_DIALECT: CsvDialect = csvDialect(CSV_DEFAULT);
