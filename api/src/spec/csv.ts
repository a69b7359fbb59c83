import { z } from 'zod';
import { byteSize, duration } from '../units.ts';

const DEFAULT_CUT = { records: 50_000, bytes: '64Mi', after: '5m' };

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
  z.strictObject({
    compression: z.enum(['none', 'gzip']).default('gzip').describe('Compression of the files.'),
    cut: cut().default(DEFAULT_CUT).describe('When a file is complete: whichever comes first.'),
    escapeFormulas: z
      .boolean()
      .default(false)
      .describe('Put an apostrophe before cells that a spreadsheet would run; numbers are spared.'),
    byteOrderMark: z.boolean().default(false).describe('Begin files with a UTF-8 byte order mark.'),
    lineEnding: z.enum(['lf', 'crlf']).default('lf').describe('Line ends.'),
  });

export type CsvSpec = z.output<ReturnType<typeof csv>>;
