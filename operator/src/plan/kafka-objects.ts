import type { StrimziCluster } from './kafka-cluster.ts';
import { feedTopics, fullName, userName, type Component, type Feed } from './feed.ts';
import { trackingLabels } from './labels.ts';
import type { AclRule, KafkaTopic, KafkaUser } from './strimzi.ts';

/** Bad records are looked at by people: a month. */
const DEAD_LETTER_RETENTION_MS = String(30 * 24 * 3_600_000);

export interface WantedTopic {
  name: string;
  partitions: number;
  replicas: number;
  config: Record<string, string>;
}

/** `<feed>`, `<feed>.state` (compacted, one partition) and `<feed>.dlq`, in this order. */
export function wantedTopics(
  feed: Feed,
): [records: WantedTopic, state: WantedTopic, deadLetters: WantedTopic] {
  const { partitions, replicas, config } = feed.spec.kafka.topic;
  const topics = feedTopics(feed);
  // One broker may be away without stopping the feed, where there are brokers enough.
  const safety = { 'min.insync.replicas': String(Math.max(1, replicas - 1)) };
  const asked = Object.fromEntries(config.map(({ name, value }) => [name, value]));
  return [
    { name: topics.records, partitions, replicas, config: { ...safety, ...asked } },
    { name: topics.state, partitions: 1, replicas, config: { ...safety, 'cleanup.policy': 'compact' } },
    {
      name: topics.deadLetters,
      partitions: 1,
      replicas,
      config: { ...safety, 'retention.ms': DEAD_LETTER_RETENTION_MS },
    },
  ];
}

/** The topics as Strimzi makes them, in the Kafka's namespace. */
export function planTopics(feed: Feed, cluster: StrimziCluster): KafkaTopic[] {
  return wantedTopics(feed).map(({ name, ...spec }) => ({
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'KafkaTopic',
    metadata: { name, namespace: cluster.namespace, labels: trackingLabels(feed, cluster.name) },
    spec,
  }));
}

/** One user for each pod, allowed what that pod does and nothing else. */
export function planUsers(feed: Feed, cluster: StrimziCluster): KafkaUser[] {
  return [
    planUser(feed, cluster, 'producer', producerRules(feed)),
    planUser(feed, cluster, 'consumer', consumerRules(feed)),
  ];
}

function planUser(feed: Feed, cluster: StrimziCluster, component: Component, acls: AclRule[]): KafkaUser {
  return {
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'KafkaUser',
    metadata: {
      name: userName(feed, component),
      namespace: cluster.namespace,
      labels: trackingLabels(feed, cluster.name),
    },
    spec: {
      authentication: { type: 'scram-sha-512' },
      authorization: { type: 'simple', acls },
    },
  };
}

function producerRules(feed: Feed): AclRule[] {
  const topics = feedTopics(feed);
  return [
    allow('topic', topics.records, ['Write', 'Describe']),
    allow('topic', topics.state, ['Read', 'Write', 'Describe']),
    allow('topic', topics.deadLetters, ['Write', 'Describe']),
    allow('transactionalId', fullName(feed), ['Write', 'Describe']),
    // The client needs a group to read `.state`, although it commits nothing.
    allow('group', userName(feed, 'producer'), ['Read']),
  ];
}

function consumerRules(feed: Feed): AclRule[] {
  return [
    allow('topic', feedTopics(feed).records, ['Read', 'Describe', 'DescribeConfigs']),
    allow('group', fullName(feed), ['Read']),
  ];
}

function allow(type: AclRule['resource']['type'], name: string, operations: AclRule['operations']): AclRule {
  return { type: 'allow', host: '*', resource: { type, name, patternType: 'literal' }, operations };
}
