import { z } from 'zod';
import { condition } from './condition.ts';
import { listAtomic, listMap } from './constraint.ts';

/** Feeds that are listed; the counts speak of all. */
export const MOST_LISTED_FEEDS = 256;

const count = () => z.int().min(0);

const limitStatus = () =>
  z.strictObject({
    limit: z.string().max(64).describe('The limit, such as 25 per 1d.'),
    needed: count().describe('Requests that the schedules of the feeds need of it in its busiest period.'),
    left: count().describe('Requests that are left in that period for further feeds.'),
  });

const feedShare = () =>
  z.strictObject({
    name: z.string().max(63).describe('Name of the StreamSource.'),
    fits: z.boolean().describe('Whether it has a share; if not, its condition Stalled tells why.'),
    share: z.string().max(512).optional().describe('Its share of each limit, such as 1 per 1s, 8 per 1d.'),
    turn: z
      .string()
      .max(64)
      .optional()
      .describe('When it may send, where a limit is shared by turns, such as 2s into every 12s.'),
    remaining: count().optional().describe('Requests that it has left in its tightest period.'),
  });

/** How the limits are divided; refreshed at most once a minute while only `remaining` changes. */
export const apiQuotaStatus = z.strictObject({
  observedGeneration: z.int().optional().describe('Generation of the spec that this status speaks of.'),
  conditions: listMap(z.array(condition()).max(8), 'type')
    .optional()
    .describe('Ready: the limits are divided. Fitting: every feed has a share.'),
  feeds: count().optional().describe('Feeds that name this quota.'),
  refused: count().optional().describe('Feeds whose schedules do not fit any more.'),
  limits: listAtomic(z.array(limitStatus()).max(8))
    .optional()
    .describe('What is needed of each limit and what is left.'),
  summary: z.string().max(512).optional().describe('What is left of each limit, in one line.'),
  shares: listMap(z.array(feedShare()).max(MOST_LISTED_FEEDS), 'name')
    .optional()
    .describe('What each feed gets, in order of precedence; the first 256.'),
});

export type ApiQuotaStatus = z.output<typeof apiQuotaStatus>;
