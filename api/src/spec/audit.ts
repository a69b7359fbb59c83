import { z } from 'zod';

export const AUDIT_DEFAULT = { every: '6h' };

const bronze = () =>
  z.strictObject({
    table: z
      .string()
      .max(767)
      .regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/, {
        message: 'must be catalog.schema.table',
      })
      .describe('The table that the files are ingested into, as catalog.schema.table.'),
    warehouse: z
      .string()
      .min(1)
      .max(64)
      .regex(/^[A-Za-z0-9_-]+$/, { message: 'must be the id of a SQL warehouse' })
      .describe('Id of the SQL warehouse that is asked about it; the connection needs CAN USE on it.'),
  });

/** The consumer's proof of its own work. */
export const audit = () =>
  z.strictObject({
    every: z
      .string()
      .max(10)
      .regex(/^[1-9][0-9]{0,5}(m|h|d|w)$/, {
        message: 'must be a whole number of m, h, d or w, such as 6h: each audit reads all that has landed',
      })
      .default(AUDIT_DEFAULT.every)
      .describe(
        'How often the consumer audits what it has landed; the first time five minutes after a start.',
      ),
    bronze: bronze()
      .optional()
      .describe('Also compare this table with the files. Default: none is compared.'),
  });

export type AuditSpec = z.output<ReturnType<typeof audit>>;
