import type { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { CsvDialect } from '@tributary/api';
import type { Cell } from './row.ts';

export interface ParsedRow {
  readonly cells: readonly Cell[];
  /** The row's text as it stands in the file, without its line end. */
  readonly raw: string;
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
    raw: true,
    cast: (value, { quoting }) => (value === nullSequence && !quoting ? null : value),
  });
  source.once('error', (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    for await (const row of parser) {
      const { raw, record } = row as { raw: string; record: Cell[] };
      yield { cells: record, raw: raw.replace(/\r?\n$/, '') };
    }
  } finally {
    source.destroy();
    parser.destroy();
  }
}
