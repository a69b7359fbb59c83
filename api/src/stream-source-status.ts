import { z } from 'zod';
import { condition, CONDITION_TYPES } from './condition.ts';
import { listMap } from './constraint.ts';

const time = () => z.string().max(64).meta({ format: 'date-time' });
const count = () => z.int().min(0);

/** What the operator has seen; refreshed at most once a minute while only lineage changes. */
export const streamSourceStatus = z.strictObject({
  observedGeneration: z.int().optional().describe('Generation of the spec that this status speaks of.'),
  conditions: listMap(z.array(condition()).max(32), 'type')
    .optional()
    .describe(`One for each part: ${CONDITION_TYPES.join(', ')}.`),
  topic: z
    .strictObject({
      name: z.string().max(255).optional().describe('Records topic.'),
      id: z.string().max(64).optional().describe('Its topic id, as Kafka writes it.'),
      partitions: count().optional().describe('Its partitions.'),
    })
    .optional()
    .describe('The records topic.'),
  lastPoll: z
    .strictObject({
      id: z.string().max(64).optional().describe('Poll id, as in column _poll.'),
      at: time().optional().describe('When it ended.'),
      result: z.string().max(64).optional().describe('Published, Unchanged, or the reason of failure.'),
      records: count().optional().describe('Records it published.'),
    })
    .optional()
    .describe('The last poll.'),
  records: z
    .strictObject({
      published: count().optional().describe('Records published.'),
      landed: count().optional().describe('Rows in complete files.'),
      uploaded: count().optional().describe('Rows in the volume.'),
    })
    .optional()
    .describe('How far records have come: counts since the topic was created.'),
  lastFile: z.string().max(1024).optional().describe('Last file in the volume.'),
  quota: z
    .strictObject({
      remaining: count().optional().describe('Requests left in the tightest period.'),
      resumesAt: time().optional().describe('When polling resumes.'),
    })
    .optional()
    .describe('What the limits of the API leave.'),
  job: z
    .strictObject({
      id: z.string().max(64).optional().describe('Job id in Databricks.'),
      url: z.string().max(1024).optional().describe('Page of the job.'),
      lastRun: z.string().max(64).optional().describe('Result of its last run.'),
      lastRunUrl: z.string().max(1024).optional().describe('Page of its last run.'),
    })
    .optional()
    .describe('The job in Databricks.'),
});

export type StreamSourceStatus = z.output<typeof streamSourceStatus>;
