import { patchIdleTimer } from '@tributary/kafka';
import { Kafka, logLevel } from 'kafkajs';
import type { Admin, KafkaConfig } from 'kafkajs';
import type { BrokerUser } from './index.ts';

/** How kafkajs connects to the broker as the given user. */
export function kafkaConfig(bootstrapServers: string, caPem: string, user: BrokerUser): KafkaConfig {
  patchIdleTimer();
  return {
    brokers: bootstrapServers.split(','),
    ssl: { ca: [caPem] },
    sasl: { mechanism: 'scram-sha-512', username: user.username, password: user.password },
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2000,
    requestTimeout: 10_000,
    retry: { retries: 0 },
  };
}

/** Runs `work` with a connected admin client and disconnects it whatever happens. */
export async function withAdmin<T>(config: KafkaConfig, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka(config).admin();
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
