import { connectKafka, KafkaAdmin, KafkaError, type Right } from '@tributary/kafka';
import type { Broker } from '../plan/index.ts';
import { connectionOptions, type KeyedLogin } from './connection.ts';

export interface Removal {
  broker: Pick<Broker, 'bootstrapServers' | 'tls' | 'ca'>;
  admin: KeyedLogin;
  rights: readonly Right[];
  /** Empty where the policy is to retain them. That of records first. */
  topics: readonly string[];
  /** Of the records topic as the feed used it: another one of that name is somebody else's. */
  topicId: string | undefined;
}

/** Takes the feed's rights back, and its topics where they are to go. */
export async function removeFromKafka(removal: Removal, signal: AbortSignal): Promise<void> {
  const options = connectionOptions(removal.broker, removal.admin);
  const admin = new KafkaAdmin(options);
  if (removal.rights.length > 0) await admin.revoke(removal.rights);
  const [records] = removal.topics;
  if (records === undefined || removal.topicId === undefined) return;
  const kafka = connectKafka(options);
  try {
    if ((await kafka.topicId(records, signal)) === removal.topicId) await admin.deleteTopics(removal.topics);
  } catch (error) {
    if (!(error instanceof KafkaError) || error.code !== 'TopicMissing') throw error;
  } finally {
    await kafka.close();
  }
}
