import { z } from 'zod';
import { duration } from '../units.ts';
import { timeZone } from './shared.ts';

/** A limit of the provider: never more than `requests` in any `per`. */
export const limit = () =>
  z.strictObject({
    requests: z.int().min(1).max(1_000_000).describe('Requests allowed within one period.'),
    per: duration().describe('Length of the period, such as 1m or 1d.'),
    resets: z
      .string()
      .max(5)
      .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/)
      .optional()
      .describe('Wall-clock time at which a daily period begins, such as 00:00; absent: a sliding period.'),
    zone: timeZone().optional().describe('Zone of resets. Default UTC.'),
  });

export type Limit = z.output<ReturnType<typeof limit>>;
