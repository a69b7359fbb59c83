import { byteCount, type BrokerConfig, type ConsumerConfig, type ProducerConfig } from '@tributary/api';
import type { ConfigMap } from '../kube/index.ts';
import type { Broker } from './broker.ts';
import { feedTopics, fullName, ownedBy, type Component, type Feed } from './feed.ts';
import { childLabels } from './labels.ts';
import { childName } from './names.ts';

const USABLE = 0.9;

/** Each pod is told only what it uses, so that a change that does not concern it does not roll it. */
export function producerConfigOf(feed: Feed, broker: Broker): ProducerConfig {
  const { schedule, snapshot, dedupe } = feed.spec;
  return {
    feed: identity(feed),
    kafka: brokerConfig(feed, broker, 'producer'),
    source: shared(feed),
    schedule,
    ...(feed.share?.phase === undefined ? {} : { phase: feed.share.phase }),
    columns: feed.columns,
    snapshot,
    dedupe,
  };
}

/** The source with the feed's share of its quota as its limits: the pod need not know that there are others. */
function shared({ spec: { source }, share }: Feed): ProducerConfig['source'] {
  if (share === undefined) return source;
  const { limits } = share;
  const { alphaVantage, http, openMeteo, usgsEarthquakes } = source;
  return {
    ...(alphaVantage === undefined ? {} : { alphaVantage: { ...alphaVantage, limits } }),
    ...(http === undefined ? {} : { http: { ...http, limits } }),
    ...(openMeteo === undefined ? {} : { openMeteo: { ...openMeteo, limits } }),
    ...(usgsEarthquakes === undefined ? {} : { usgsEarthquakes: { ...usgsEarthquakes, limits } }),
  };
}

/** `topicId` as Kafka writes it: the files' folder. */
export function consumerConfigOf(feed: Feed, broker: Broker, topicId: string): ConsumerConfig {
  const {
    csv,
    audit,
    databricks,
    storage: { keep },
  } = feed.spec;
  return {
    feed: identity(feed),
    kafka: { ...brokerConfig(feed, broker, 'consumer'), topicId },
    columns: feed.columns,
    csv,
    storage: { budget: budgetOf(feed), ...(keep === undefined ? {} : { keep }) },
    audit,
    ...(databricks === undefined ? {} : { volume: databricks.volume }),
  };
}

/** Without a volume the files stay on the disk, and all of it is theirs but what its file system keeps for itself. */
function budgetOf({ spec: { storage, databricks } }: Feed): string {
  if (databricks !== undefined || storage.size === undefined) return storage.budget;
  return String(Math.floor(byteCount(storage.size) * USABLE));
}

/** `config.json` in a ConfigMap named as the Deployment. */
export function planConfigMap(
  feed: Feed,
  component: Component,
  config: ProducerConfig | ConsumerConfig,
): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: childName(feed.name, component),
      namespace: feed.namespace,
      labels: childLabels(feed, component),
      ownerReferences: ownedBy(feed),
    },
    data: { 'config.json': `${JSON.stringify(config, null, 2)}\n` },
  };
}

function identity({ namespace, name, uid }: Feed): ProducerConfig['feed'] {
  return { namespace, name, uid };
}

function brokerConfig(feed: Feed, broker: Broker, component: Component): BrokerConfig {
  const topics = feedTopics(feed);
  return {
    bootstrapServers: broker.bootstrapServers,
    tls: broker.tls,
    ...(broker.logins === undefined ? {} : { sasl: broker.logins[component] }),
    topic: topics.records,
    stateTopic: topics.state,
    deadLetterTopic: topics.deadLetters,
    partitions: feed.spec.kafka.topic.partitions,
    transactionalId: fullName(feed),
  };
}
