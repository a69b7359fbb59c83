import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { producerConfig, topicNames, type ProducerConfig } from '@tributary/api';
import {
  brokerConnection,
  connectKafka,
  KafkaAdmin,
  producerRights,
  type Kafka,
  type KafkaRecord,
} from '@tributary/kafka';
import { waitUntil, type TestBroker } from '@tributary/local/testing';
import { createLogger, SecretFolder, SecretRegistry } from '@tributary/runtime';

const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
let feeds = 0;

export const API_KEY = 'KEY-4711-secret';

/** A feed of its own on a shared broker: topics, a user with the least rights, config and secrets as a pod finds them. */
export interface FeedUnderTest {
  config: ProducerConfig;
  folder: string;
  /** Where a pod finds things (docs/contracts.md). */
  environment: Record<string, string>;
  /** As the feed's own user. */
  kafka: Kafka;
  secrets: SecretRegistry;
  sourceSecrets: SecretFolder;
  logger: ReturnType<typeof createLogger>;
  logLines: string[];
  /** Makes or deletes the topic of dead letters, which is first asked for with the first of them. */
  deadLettersAre(there: boolean): Promise<void>;
  /** Committed records of one of the feed's topics, once all its transactions are settled. */
  read(topic: 'records' | 'state' | 'deadLetters'): Promise<KafkaRecord[]>;
  remove(): Promise<void>;
}

/** What a test says of a feed; the rest is filled in. */
export type FeedSpec = Pick<ProducerConfig, 'source'> &
  Partial<Pick<ProducerConfig, 'columns' | 'schedule' | 'dedupe' | 'snapshot'>>;

export async function prepareFeed(broker: TestBroker, spec: FeedSpec): Promise<FeedUnderTest> {
  feeds += 1;
  const name = `feed-${process.pid}-${feeds}`;
  const topics = topicNames(`test.${name}`);
  const folder = mkdtempSync(join(tmpdir(), 'tributary-producer-'));
  const user = await broker.createUser(`${topics.records}.producer`);
  const config = producerConfig().parse({
    feed: { namespace: 'test', name, uid: 'uid' },
    kafka: {
      bootstrapServers: broker.bootstrapServers.split(','),
      tls: 'ca.crt',
      sasl: { mechanism: 'scram-sha-512', username: user.username },
      topic: topics.records,
      stateTopic: topics.state,
      deadLetterTopic: topics.deadLetters,
      partitions: 1,
      transactionalId: topics.records,
    },
    schedule: { every: '100ms' },
    columns: [],
    snapshot: false,
    dedupe: {},
    ...spec,
  });
  const [kafkaDir, sourceDir] = [join(folder, 'kafka'), join(folder, 'source')];
  mkdirSync(kafkaDir);
  mkdirSync(join(sourceDir, 'api'), { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  writeFileSync(join(kafkaDir, 'password'), user.password);
  writeFileSync(join(kafkaDir, 'ca.crt'), broker.caPem);
  writeFileSync(join(sourceDir, 'api', 'key'), `${API_KEY}\n`);

  const secrets = new SecretRegistry();
  const logLines: string[] = [];
  const admin = new KafkaAdmin(
    brokerConnection(
      { ...config.kafka, sasl: { mechanism: 'scram-sha-512', username: broker.adminUser.username } },
      { readSync: (file) => (file === 'password' ? broker.adminUser.password : broker.caPem) },
      { clientId: 'test-admin', log: quiet },
    ),
  );
  const deadLetters = { name: topics.deadLetters, partitions: 1, replicas: 1, config: {} };
  await admin.createTopics([
    { name: topics.records, partitions: 1, replicas: 1, config: {} },
    { name: topics.state, partitions: 1, replicas: 1, config: { 'cleanup.policy': 'compact' } },
    deadLetters,
  ]);
  await admin.grant([
    ...producerRights(user.username, { ...topics, transactionalId: topics.records }),
    // Beyond the producer's rights: the test reads what it wrote.
    ...[topics.records, topics.deadLetters].map(
      (topic) => ({ username: user.username, resource: 'topic', name: topic, operation: 'read' }) as const,
    ),
  ]);
  const kafka = connectKafka(
    brokerConnection(config.kafka, new SecretFolder(kafkaDir, secrets), { clientId: 'test', log: quiet }),
  );
  return {
    config,
    folder,
    environment: {
      TRIBUTARY_CONFIG: join(folder, 'config.json'),
      TRIBUTARY_KAFKA_DIR: kafkaDir,
      TRIBUTARY_SOURCE_SECRETS_DIR: sourceDir,
      TRIBUTARY_BIND_ADDRESS: '127.0.0.1',
    },
    kafka,
    secrets,
    sourceSecrets: new SecretFolder(sourceDir, secrets),
    logger: createLogger({
      component: 'producer',
      registry: secrets,
      level: 'debug',
      write: (line) => void logLines.push(line),
    }),
    logLines,
    deadLettersAre: async (there) => {
      if (there) await admin.createTopics([deadLetters]);
      else await admin.deleteTopics([deadLetters.name]);
    },
    read: (which) => readSettled(kafka, topics[which]),
    remove: async () => {
      await kafka.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function readSettled(kafka: Kafka, topic: string): Promise<KafkaRecord[]> {
  await waitUntil(
    async () => (await kafka.topicOffsets(topic)).every(({ end, stableEnd }) => end === stableEnd),
    {
      what: `the transactions on ${topic} to settle`,
      timeoutMs: 30_000,
    },
  );
  const records: KafkaRecord[] = [];
  for await (const record of kafka.readToEnd({ topic, partition: 0 })) records.push(record);
  return records;
}

/** The members of each record's value, tombstones as null. */
export function valuesOf(records: readonly KafkaRecord[]): (Record<string, string | null> | null)[] {
  return records.map(({ value }) =>
    value === null ? null : (JSON.parse(value.toString()) as Record<string, string | null>),
  );
}
