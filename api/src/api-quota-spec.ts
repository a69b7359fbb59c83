import { z } from 'zod';
import { listAtomic } from './constraint.ts';
import { limit } from './spec/limit.ts';

/** One key's limits, shared by the feeds that name it in `source.quotaRef`. */
export const apiQuotaSpec = z.strictObject({
  limits: listAtomic(z.array(limit()).min(1).max(8)).describe('Limits of the provider, all kept.'),
});

export type ApiQuotaSpec = z.output<typeof apiQuotaSpec>;
