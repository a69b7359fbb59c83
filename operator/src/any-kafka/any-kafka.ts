import { connectKafka, KafkaAdmin, KafkaError, type Kafka, type Right } from '@tributary/kafka';
import {
  SideWork,
  type Clock,
  type KubeLog,
  type KubeMetrics,
  type ReconcileResult,
  type SideTask,
} from '../kube/index.ts';
import type { Broker, WantedTopic } from '../plan/index.ts';
import { connectionOptions, type KeyedLogin } from './connection.ts';

/** What a feed needs of a Kafka that Strimzi does not run. */
export interface AnyKafkaRequest {
  broker: Pick<Broker, 'bootstrapServers' | 'tls' | 'ca'>;
  /** That of records first. */
  topics: readonly WantedTopic[];
  /** Of the producer, to look with; undefined where Kafka asks for none. */
  login: KeyedLogin | undefined;
  /** Who may make topics and grant; undefined: both are somebody else's to do. */
  admin: KeyedLogin | undefined;
  rights: readonly Right[];
}

export type AnyKafkaOutcome =
  | { ready: true; topicId: string; partitions: number }
  | { ready: false; reason: string; message: string; userMustAct: boolean };

export interface AnyKafkaOptions {
  /** Called when a feed's outcome has changed. */
  onNews: (key: string) => void;
  /** Somebody may have removed a topic or a right. @default 5 min */
  checkEveryMs?: number;
  clock: Clock;
  log: KubeLog;
  metrics: KubeMetrics;
}

type Task = SideTask<AnyKafkaRequest, AnyKafkaOutcome>;

const CHECK_EVERY_MS = 5 * 60_000;
/** A person has to act, and their act is not visible from here. */
const AFTER_REFUSAL_MS = 30_000;
const SOON_MS = 1_000;

/** Topics and rights of feeds on a Kafka without Strimzi, by its admin API, with a queue of its own. */
export class AnyKafka extends SideWork<AnyKafkaRequest, AnyKafkaOutcome> {
  constructor({ onNews, checkEveryMs = CHECK_EVERY_MS, clock, log, metrics }: AnyKafkaOptions) {
    super({
      name: 'kafka',
      work: (task, signal) => look(task, checkEveryMs, signal),
      onNews,
      concurrency: 4,
      // Each of a handful of calls has a deadline of its own.
      stuckAfterMs: 5 * 60_000,
      backoff: { baseMs: 1_000, maxMs: CHECK_EVERY_MS, jitter: 0.5 },
      clock,
      log,
      metrics,
    });
  }
}

async function look(
  { request, known, report }: Task,
  checkEveryMs: number,
  signal: AbortSignal,
): Promise<ReconcileResult> {
  try {
    if (request.admin !== undefined) await make(request, request.admin);
    const outcome = await find(request, signal);
    report(outcome);
    if (outcome.ready) return { requeueAfterMs: checkEveryMs };
    return { requeueAfterMs: outcome.userMustAct ? AFTER_REFUSAL_MS : SOON_MS };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof KafkaError)) throw error;
    const userMustAct = error.code === 'KafkaAuthFailed' || error.code === 'KafkaForbidden';
    // What is in place stays in place, whether Kafka can be reached or not.
    if (userMustAct || known?.ready !== true)
      report({ ready: false, reason: error.code, message: `spec.kafka: ${error.message}`, userMustAct });
    if (userMustAct) return { requeueAfterMs: AFTER_REFUSAL_MS };
    throw error;
  }
}

async function make({ broker, topics, rights }: AnyKafkaRequest, login: KeyedLogin): Promise<void> {
  const admin = new KafkaAdmin(connectionOptions(broker, login));
  const made = await admin.createTopics(topics);
  for (const { name, partitions } of topics)
    if (!made.includes(name)) await admin.growTopic(name, partitions);
  if (rights.length > 0) await admin.grant(rights);
}

async function find(
  { broker, topics, login, admin }: AnyKafkaRequest,
  signal: AbortSignal,
): Promise<AnyKafkaOutcome> {
  const kafka = connectKafka(connectionOptions(broker, login));
  try {
    await kafka.check(signal);
    const missing = [];
    for (const topic of topics) if (!(await exists(kafka, topic.name, signal))) missing.push(topic);
    if (missing.length > 0) return { ready: false, ...describeMissing(missing, admin === undefined) };
    const [{ name }] = topics as readonly [WantedTopic, ...WantedTopic[]];
    const offsets = await kafka.topicOffsets(name, signal);
    return { ready: true, topicId: await kafka.topicId(name, signal), partitions: offsets.length };
  } finally {
    await kafka.close();
  }
}

/** A topic that the user may not describe cannot be told from one that is not there. */
async function exists(kafka: Kafka, topic: string, signal: AbortSignal): Promise<boolean> {
  try {
    await kafka.topicId(topic, signal);
    return true;
  } catch (error) {
    const unseen = error instanceof KafkaError && ['TopicMissing', 'KafkaForbidden'].includes(error.code);
    if (unseen) return false;
    throw error;
  }
}

function describeMissing(
  missing: readonly WantedTopic[],
  byUser: boolean,
): { reason: string; message: string; userMustAct: boolean } {
  const list = missing.map(describeTopic).join(', ');
  // Brokers learn of a topic and of a right a moment after the controller.
  if (!byUser)
    return {
      reason: 'TopicNotThereYet',
      message: `spec.kafka: the user of the producer does not see ${list} yet`,
      userMustAct: false,
    };
  return {
    reason: 'TopicMissing',
    message: `spec.kafka: these topics are missing, or the user may not describe them: ${list}. Create them, or name a user who may in spec.kafka.admin`,
    userMustAct: true,
  };
}

function describeTopic({ name, partitions, config }: WantedTopic): string {
  const policy = config['cleanup.policy'];
  const settings = [
    `${partitions} ${partitions === 1 ? 'partition' : 'partitions'}`,
    ...(policy === undefined ? [] : [`cleanup.policy=${policy}`]),
  ];
  return `${name} (${settings.join(', ')})`;
}
