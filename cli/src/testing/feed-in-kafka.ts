import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HEADERS } from '@tributary/api';
import { brokerConnection, connectKafka, KafkaAdmin } from '@tributary/kafka';
import type { TestBroker } from '@tributary/local/testing';
import { SecretFolder, SecretRegistry } from '@tributary/runtime';
import { OBSERVED } from './land-by-hand.ts';

const quiet = () => undefined;
const LOG = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** Makes the folder that `--kafka-dir` names. */
export async function writeKafkaDir(broker: TestBroker, kafkaDir: string): Promise<void> {
  await mkdir(kafkaDir);
  await writeFile(join(kafkaDir, 'password'), broker.adminUser.password);
  await writeFile(join(kafkaDir, 'ca.crt'), broker.caPem);
}

/** A topic with the two records of `landByHand`, and one without any; the id of the first. */
export async function publishFeed(
  broker: TestBroker,
  kafkaDir: string,
  feed: string,
  empty?: string,
): Promise<string> {
  const access = {
    bootstrapServers: [broker.bootstrapServers],
    tls: 'ca.crt' as const,
    sasl: { mechanism: 'scram-sha-512' as const, username: broker.adminUser.username },
  };
  const secrets = new SecretFolder(kafkaDir, new SecretRegistry());
  const connection = brokerConnection(access, secrets, { clientId: 'test', log: LOG });
  const topics = [
    { name: feed, partitions: 1, replicas: 1, config: {} },
    ...(empty === undefined ? [] : [{ name: empty, partitions: 2, replicas: 1, config: {} }]),
  ];
  await new KafkaAdmin(connection).createTopics(topics);
  const kafka = connectKafka(connection);
  try {
    const publisher = kafka.openPublisher({ transactionalId: feed });
    await publisher.open();
    const headers = { [HEADERS.op]: 'upsert', [HEADERS.poll]: 'p', [HEADERS.observedAt]: OBSERVED };
    await publisher.publish(
      ['a', 'b'].map((id) => ({ topic: feed, key: null, value: JSON.stringify({ id }), headers })),
    );
    return await kafka.topicId(feed);
  } finally {
    await kafka.close();
  }
}
