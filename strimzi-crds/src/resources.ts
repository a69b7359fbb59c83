import type { Kafka } from './generated/kafka.ts';
import type { KafkaNodePool } from './generated/kafka-node-pool.ts';
import type { KafkaTopic } from './generated/kafka-topic.ts';
import type { KafkaUser } from './generated/kafka-user.ts';

export const STRIMZI_GROUP = 'kafka.strimzi.io';
export const STRIMZI_API_VERSION = 'kafka.strimzi.io/v1';

/** Says which Kafka a topic, user or node pool belongs to; they live in that Kafka's namespace. */
export const CLUSTER_LABEL = 'strimzi.io/cluster';

/** What builds the URLs of one kind; `T` is what the API returns for it. */
export interface StrimziResource<T> {
  readonly group: typeof STRIMZI_GROUP;
  readonly version: 'v1';
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: true;
  /** Carries `T`; never read at run time. */
  readonly type?: T;
}

const resource = <T>(kind: string, plural: string): StrimziResource<T> => ({
  group: STRIMZI_GROUP,
  version: 'v1',
  plural,
  kind,
  namespaced: true,
});

export const KafkaResource = resource<Kafka>('Kafka', 'kafkas');
export const KafkaNodePoolResource = resource<KafkaNodePool>('KafkaNodePool', 'kafkanodepools');
export const KafkaTopicResource = resource<KafkaTopic>('KafkaTopic', 'kafkatopics');
export const KafkaUserResource = resource<KafkaUser>('KafkaUser', 'kafkausers');
