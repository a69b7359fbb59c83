import type { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import type { Cell } from './row.ts';

export interface ParsedRow {
  readonly cells: readonly Cell[];
  /** The row's text as it stands in the file, without its line end. */
  readonly raw: string;
}

/** No row of ours comes near this: a record has at most 256 columns within Kafka's message limit. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;

/** The rows of a CSV file, header first, one at a time; telling an empty cell (null) from an empty text. */
export async function* parseCsv(source: Readable): AsyncGenerator<ParsedRow, void, undefined> {
  const parser = parse({
    bom: true,
    record_delimiter: ['\r\n', '\n'],
    max_record_size: MAX_RECORD_BYTES,
    raw: true,
    cast: (value, { quoting }) => (value === '' && !quoting ? null : value),
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
