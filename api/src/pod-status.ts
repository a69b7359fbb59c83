import { z } from 'zod';

/** `GET /status` of the pods: what the operator turns into conditions and lineage. */
const health = () => z.object({ healthy: z.boolean(), reason: z.string(), message: z.string() });

export const producerStatus = z.object({
  component: z.literal('producer'),
  feed: z.string(),
  /** Of the StreamSource: one that was deleted and applied again has another. */
  uid: z.string().optional(),
  version: z.string(),
  upstream: health(),
  kafka: health(),
  lastPoll: z
    .object({
      id: z.string(),
      startedAt: z.string(),
      endedAt: z.string(),
      result: z.string(),
      fetched: z.int(),
      published: z.int(),
    })
    .optional(),
  /** Records published since the topic was created, by the checkpoint. */
  published: z.int(),
  deadLettered: z.int(),
  cursor: z.string().optional(),
  /** How far the range of source.http.backfill has been fetched. */
  backfilledTo: z.string().optional(),
  nextPollAt: z.string().optional(),
  quota: z.object({
    exhausted: z.boolean(),
    remaining: z.int().optional(),
    resumesAt: z.string().optional(),
  }),
  /** Fields of the spec that this version accepts and does not act on yet. */
  notYetSupported: z.array(z.string()),
});

export const consumerStatus = z.object({
  component: z.literal('consumer'),
  feed: z.string(),
  /** As the producer's. */
  uid: z.string().optional(),
  version: z.string(),
  kafka: health(),
  volume: health(),
  topicId: z.string().optional(),
  landed: z.object({ records: z.int(), files: z.int() }),
  uploaded: z.object({
    records: z.int(),
    files: z.int(),
    lastFile: z.string().optional(),
    at: z.string().optional(),
  }),
  /** Records in the topic that are not yet in a complete file, over all partitions. */
  lag: z.int().optional(),
  /** The last audit of what has landed; absent until the first one of this pod. */
  audit: z
    .object({
      ok: z.boolean(),
      at: z.string(),
      rows: z.int(),
      files: z.int(),
      findings: z.int(),
      /** The first finding, or that there is none. */
      message: z.string(),
    })
    .optional(),
  /** Why the last audit could not be made; absent once one was. What the one before it found may not hold any more. */
  auditNotPossible: z.object({ at: z.string(), message: z.string() }).optional(),
  notYetSupported: z.array(z.string()),
});

export type Health = z.output<ReturnType<typeof health>>;
export type ProducerStatus = z.output<typeof producerStatus>;
export type ConsumerStatus = z.output<typeof consumerStatus>;
