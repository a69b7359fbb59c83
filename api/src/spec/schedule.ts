import { z } from 'zod';
import { constrained, exactlyOne } from '../constraint.ts';
import { duration } from '../units.ts';
import { cron, timeZone } from './shared.ts';

/** When the API is polled. */
export const schedule = () =>
  constrained(
    z.strictObject({
      every: duration().optional().describe('Poll this long after the previous poll began, such as 15m.'),
      cron: cron()
        .optional()
        .describe('Poll at these times, as cron of five fields (or six, seconds first).'),
      timeZone: timeZone().optional().describe('IANA zone that cron is read in. Default UTC.'),
      jitter: duration()
        .optional()
        .describe('Each poll begins up to this much later, at random, so that feeds do not ask all at once.'),
      catchUp: z
        .enum(['Once', 'None'])
        .optional()
        .describe('Once: a cron time that was missed is made up for at once, by one poll. Default Once.'),
    }),
    {
      rule: 'has(self.every) != has(self.cron)',
      message: 'set exactly one of every and cron',
      holds: ({ every, cron: expression }) => exactlyOne(every, expression),
    },
    {
      rule: '!has(self.timeZone) || has(self.cron)',
      message: 'timeZone goes with cron; remove it or use cron',
      path: ['timeZone'],
      holds: ({ timeZone: zone, cron: expression }) => zone === undefined || expression !== undefined,
    },
  );

export type Schedule = z.output<ReturnType<typeof schedule>>;
