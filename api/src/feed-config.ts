import { z } from 'zod';
import { audit } from './spec/audit.ts';
import { phase } from './quota/phase.ts';
import { columns } from './spec/columns.ts';
import { csv } from './spec/csv.ts';
import { schedule } from './spec/schedule.ts';
import { source } from './spec/source.ts';
import { duration } from './units.ts';

/** What the operator tells a pod, as JSON in a mounted ConfigMap. Secrets are files beside it, never in here. */
const feed = () => z.strictObject({ namespace: z.string(), name: z.string(), uid: z.string() });

const broker = () =>
  z.strictObject({
    bootstrapServers: z.array(z.string()).min(1),
    /** Whether `ca.crt` in the credentials folder is to be trusted (else the public authorities). */
    tls: z.enum(['none', 'public', 'ca.crt']),
    sasl: z
      .strictObject({ mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']), username: z.string() })
      .optional(),
    topic: z.string(),
    stateTopic: z.string(),
    deadLetterTopic: z.string(),
    /** As Kafka writes it, from KafkaTopic.status.topicId; absent outside Strimzi, where the consumer asks the broker. */
    topicId: z.string().optional(),
    partitions: z.int().min(1),
    /** Transactional id of the producer; also the consumer group's id is the topic's name. */
    transactionalId: z.string(),
  });

/** Made when asked for, like all of its parts: a pod reads its config once, and needs no schema afterwards. */
export const producerConfig = () =>
  z.strictObject({
    feed: feed(),
    kafka: broker(),
    source: source(),
    schedule: schedule(),
    /** Where the feed shares an APIQuota by turns: requests begin within it only. The feed's share is in `source`, as its limits. */
    phase: phase().optional(),
    columns: columns(),
    snapshot: z.boolean(),
    dedupe: z.strictObject({ window: z.string().optional() }),
  });

export const consumerConfig = () =>
  z.strictObject({
    feed: feed(),
    kafka: broker(),
    columns: columns(),
    csv: csv(),
    storage: z.strictObject({ budget: z.string(), keep: duration().optional() }),
    /** Of what it has landed. Absent: every six hours, without a table. */
    audit: audit().extend({ every: duration() }).optional(),
    /** Absent: the files stay on disk. */
    volume: z.strictObject({ catalog: z.string(), schema: z.string(), volume: z.string() }).optional(),
  });

export type BrokerConfig = z.output<ReturnType<typeof broker>>;
export type FeedIdentity = z.output<ReturnType<typeof feed>>;
export type ProducerConfig = z.output<ReturnType<typeof producerConfig>>;
export type ConsumerConfig = z.output<ReturnType<typeof consumerConfig>>;

/** Environment of a pod: every path, bind address and port comes from here. */
export const POD_ENV = {
  config: 'TRIBUTARY_CONFIG',
  bindAddress: 'TRIBUTARY_BIND_ADDRESS',
  port: 'TRIBUTARY_PORT',
  dataDir: 'TRIBUTARY_DATA_DIR',
  kafkaDir: 'TRIBUTARY_KAFKA_DIR',
  sourceSecretsDir: 'TRIBUTARY_SOURCE_SECRETS_DIR',
  databricksDir: 'TRIBUTARY_DATABRICKS_DIR',
  logLevel: 'TRIBUTARY_LOG_LEVEL',
} as const;

/** In the connection's folder, with `auth: federation`: the token that the pod's service account presents. */
export const SUBJECT_TOKEN_FILE = 'subjectToken';

/** The images' user; any other but root works too, without their compile cache. */
export const POD_USER = 65_532;

/** A pod with nothing to do gives its garbage back to the system by itself. */
const GARBAGE_OPTIONS = '--expose-gc';

/**
 * Of the producer: what a page leaves behind dies young as well, in each of its threads. The heap itself has no bound beside
 * the pod's, as a page needs many times its size: the producer refuses one that is too large for its pod, and tells the reason.
 * Measured by `bench -- produce`.
 */
export const PRODUCER_NODE_OPTIONS = `${GARBAGE_OPTIONS} --max-semi-space-size=2`;

/**
 * How glibc's malloc works in the producer. By default each thread gets an arena of its own, and keeps what it freed; and once
 * large buffers have been freed, those after them come from the arenas too, which they leave full of holes. Measured by
 * `bench -- produce` and `bench -- idle`; see docs/decisions/pages-ahead.md.
 */
export const PRODUCER_MALLOC: Readonly<Record<string, string>> = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
};

/**
 * Of the consumer: what it reads dies young, but a nursery as large as Node's only makes its pod larger, and a smaller one
 * lets buffers grow old. Measured by `bench -- land` and the nightly audit.
 */
export const CONSUMER_NODE_OPTIONS = `${GARBAGE_OPTIONS} --max-semi-space-size=8`;
