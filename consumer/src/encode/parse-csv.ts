import type { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { CsvDialect } from '@tributary/api';
import type { Cell } from './row.ts';

export interface ParsedRow {
  readonly cells: readonly Cell[];
}

/** No row of ours comes near this: a record has at most 256 columns within Kafka's message limit. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;

/** The rows of a CSV file, a header first where it has one, one at a time; telling null from text that looks like it. */
export async function* parseCsv(
  source: Readable,
  { delimiter, quoteChar, nullSequence, byteOrderMark }: CsvDialect,
): AsyncGenerator<ParsedRow, void, undefined> {
  const parser = parse({
    bom: byteOrderMark,
    delimiter,
    quote: quoteChar,
    escape: quoteChar,
    record_delimiter: ['\r\n', '\n'],
    max_record_size: MAX_RECORD_BYTES,
    cast: (value, { quoting }) => (value === nullSequence && !quoting ? null : value),
  });
  source.once('error', (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    for await (const cells of parser) yield { cells: cells as Cell[] };
  } finally {
    source.destroy();
    parser.destroy();
  }
}
