import { z } from 'zod';
import { constrained, listAtomic } from '../constraint.ts';

export const charset = () =>
  z
    .string()
    .min(1)
    .max(32)
    .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]*$/, {
      message: 'must be the name of a charset, such as windows-1251',
    });

/** Dialect of CSV and its relatives. */
export const csvFormat = () =>
  constrained(
    z.strictObject({
      delimiter: z
        .string()
        .min(1)
        .max(4)
        .default(',')
        .describe('Cell separator, "\\t" for tabs; a blank takes any run of blanks for one.'),
      quote: z.string().max(1).default('"').describe('Quote of cells; empty: there is none.'),
      escape: z
        .string()
        .min(1)
        .max(1)
        .optional()
        .describe(
          'Makes a quote, delimiter or line end behind it a character, such as \\; a doubled quote is one in any case.',
        ),
      header: z
        .boolean()
        .default(true)
        .describe('Whether a line names the cells; without one they are c0, c1, … or as in names.'),
      headerStarts: z
        .string()
        .max(128)
        .optional()
        .describe(
          'First cell of the header line, empty where that cell is: what stands before is left out, and a later such line begins a new block.',
        ),
      headerLines: z
        .int()
        .min(1)
        .max(8)
        .default(1)
        .describe('Lines that name the cells together, such as names and units; joined by a blank.'),
      names: listAtomic(z.array(z.string().min(1).max(256)).max(1024))
        .optional()
        .describe('Names of the cells, where no line gives them or instead of those it gives.'),
      skipLines: z.int().min(0).max(1000).default(0).describe('Lines of preamble before the header.'),
      comment: z.string().min(1).max(4).optional().describe('Lines that begin so are left out.'),
      trim: z.boolean().default(false).describe('Take blanks from both ends of each cell.'),
    }),
    {
      rule: '!has(self.headerStarts) || !has(self.header) || self.header',
      message: 'headerStarts needs a header line; remove header: false',
      path: ['headerStarts'],
      holds: ({ header, headerStarts }) => header || headerStarts === undefined,
    },
    {
      rule: '!has(self.escape) || ((!has(self.quote) || self.escape != self.quote) && (!has(self.delimiter) || self.escape != self.delimiter))',
      message: 'escape must be neither the quote (a doubled one needs no escape) nor the delimiter',
      path: ['escape'],
      holds: ({ escape, quote, delimiter }) => escape !== quote && escape !== delimiter,
    },
  );

export const xmlFormat = () =>
  z.strictObject({
    prefixes: z
      .boolean()
      .default(false)
      .describe('Keep the prefixes of names, such as gesmes:Envelope; else Envelope.'),
  });
