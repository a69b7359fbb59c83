import { z } from 'zod';
import { constrained } from '../constraint.ts';
import { byteSize, duration } from '../units.ts';

const DEFAULT_CUT = { records: 50_000, bytes: '64Mi', after: '5m' };

/** What files are where nothing is said of them. */
export const CSV_DEFAULT = {
  compression: 'gzip',
  cut: DEFAULT_CUT,
  delimiter: 'comma',
  quote: 'double',
  lineEnding: 'lf',
  header: true,
  nullText: '',
  byteOrderMark: false,
  escapeFormulas: false,
} as const;

const cut = () =>
  z.strictObject({
    records: z
      .int()
      .min(1)
      .max(10_000_000)
      .default(DEFAULT_CUT.records)
      .describe('A file is complete at this many records.'),
    bytes: byteSize()
      .default(DEFAULT_CUT.bytes)
      .describe('A file is complete at this many bytes before compression.'),
    after: duration()
      .default(DEFAULT_CUT.after)
      .describe('A file is complete this long after its first record.'),
  });

/** How records become files. */
export const csv = () =>
  constrained(
    z.strictObject({
      compression: z
        .enum(['none', 'gzip'])
        .default(CSV_DEFAULT.compression)
        .describe('Compression of the files.'),
      cut: cut().default(DEFAULT_CUT).describe('When a file is complete: whichever comes first.'),
      delimiter: z
        .enum(['comma', 'semicolon', 'tab', 'pipe'])
        .default(CSV_DEFAULT.delimiter)
        .describe('What stands between two cells.'),
      quote: z
        .enum(['double', 'single'])
        .default(CSV_DEFAULT.quote)
        .describe('The quotation mark around cells that need one; within a cell it is doubled.'),
      lineEnding: z.enum(['lf', 'crlf']).default(CSV_DEFAULT.lineEnding).describe('Line ends.'),
      header: z
        .boolean()
        .default(CSV_DEFAULT.header)
        .describe('Begin files with the names of their columns.'),
      nullText: z
        .string()
        .max(16)
        .regex(/^([A-Za-z\\][A-Za-z0-9_]*)?$/, {
          message: 'must be one word that begins with a letter or a backslash, such as NULL or \\N',
        })
        .default(CSV_DEFAULT.nullText)
        .describe(
          'What a null is written as, without quotes; a text that reads the same is quoted. Default: nothing, and the empty text is quoted.',
        ),
      byteOrderMark: z
        .boolean()
        .default(CSV_DEFAULT.byteOrderMark)
        .describe('Begin files with a UTF-8 byte order mark.'),
      escapeFormulas: z
        .boolean()
        .default(CSV_DEFAULT.escapeFormulas)
        .describe('Put an apostrophe before cells that a spreadsheet would run; numbers are spared.'),
    }),
    {
      rule: '!(has(self.byteOrderMark) && self.byteOrderMark && has(self.header) && !self.header)',
      message:
        'a byte order mark without a header would be read as part of the first cell: set header, or leave it out',
      path: ['byteOrderMark'],
      holds: (it) => it.header || !it.byteOrderMark,
    },
  );

export type CsvSpec = z.output<ReturnType<typeof csv>>;
