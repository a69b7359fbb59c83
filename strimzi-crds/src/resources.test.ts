import { describe, expect, it } from '@jest/globals';
import {
  CLUSTER_LABEL,
  type Kafka,
  type KafkaTopic,
  KafkaTopicResource,
  type KafkaUser,
  KafkaUserResource,
  STRIMZI_API_VERSION,
} from './index.ts';

// What does not type-check here fails `npm run lint`: these objects are the type test of the generated interfaces.
const topic: KafkaTopic = {
  apiVersion: 'kafka.strimzi.io/v1',
  kind: 'KafkaTopic',
  metadata: { name: 'markets.sp500-daily', namespace: 'kafka', labels: { [CLUSTER_LABEL]: 'plant' } },
  spec: { partitions: 1, replicas: 3, config: { 'retention.ms': 604_800_000 } },
  status: { topicId: 'Zm9v', conditions: [{ type: 'Ready', status: 'True' }], observedGeneration: 1 },
};
const user: KafkaUser = {
  apiVersion: 'kafka.strimzi.io/v1',
  kind: 'KafkaUser',
  metadata: { name: 'markets.sp500-daily.consumer', namespace: 'kafka' },
  spec: {
    authentication: { type: 'scram-sha-512' },
    authorization: {
      type: 'simple',
      acls: [{ resource: { type: 'topic', name: topic.metadata.name }, operations: ['Read', 'Describe'] }],
    },
  },
};
const bootstrap = (kafka: Kafka): string | undefined =>
  kafka.status?.listeners?.find(({ name }) => name === 'tls')?.bootstrapServers;
// @ts-expect-error an operation that Kafka does not have
const misspelt: NonNullable<KafkaUser['spec']['authorization']>['acls'][number]['operations'] = ['Reed'];

describe('the kinds of Strimzi', () => {
  it('are all served in one API version', () => {
    expect([topic.apiVersion, user.apiVersion]).toEqual([STRIMZI_API_VERSION, STRIMZI_API_VERSION]);
    expect(misspelt).toHaveLength(1);
  });

  it('are named as their URLs need it', () => {
    expect(KafkaTopicResource).toMatchObject({
      group: 'kafka.strimzi.io',
      version: 'v1',
      plural: 'kafkatopics',
    });
    expect(KafkaUserResource).toMatchObject({ kind: 'KafkaUser', plural: 'kafkausers', namespaced: true });
  });

  it('tell where a Kafka listens', () => {
    const kafka: Kafka = {
      apiVersion: 'kafka.strimzi.io/v1',
      kind: 'Kafka',
      metadata: { name: 'plant' },
      spec: { kafka: { listeners: [{ name: 'tls', port: 9093, type: 'internal', tls: true }] } },
      status: { listeners: [{ name: 'tls', bootstrapServers: 'plant-kafka-bootstrap.kafka.svc:9093' }] },
    };
    expect(bootstrap(kafka)).toBe('plant-kafka-bootstrap.kafka.svc:9093');
  });
});
