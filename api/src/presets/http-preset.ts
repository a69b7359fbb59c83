import { z } from 'zod';
import { listAtomic } from '../constraint.ts';
import type { Column } from '../spec/columns.ts';
import { limit, type Limit } from '../spec/limit.ts';

/** A provider's preset: what a user says of it, and the HTTP source with its columns that this comes to. */
export interface HttpPreset<Config> {
  schema: () => z.ZodType<Config>;
  /** `http` as a user would write it. */
  expand: (config: Config) => { http: Record<string, unknown>; columns: readonly Column[] };
}

/** What every preset has beside its own fields. */
export const presetFields = (baseUrl: string, limits: Limit[]) => ({
  baseUrl: z
    .string()
    .min(8)
    .max(2048)
    .regex(/^https?:\/\/[^\s]+$/, { message: 'must be an http or https URL' })
    .default(baseUrl)
    .describe('Endpoint; another one only for tests, replays and paid plans with their own.'),
  limits: listAtomic(z.array(limit()).max(8))
    .default(limits)
    .describe('Limits of the plan. Default: the free one.'),
  allowPrivate: z.boolean().default(false).describe('Allow baseUrl to be a private or loopback address.'),
});
