export { anyBroker, strimziBroker, type Broker } from './broker.ts';
export { checksumOf } from './checksum.ts';
export {
  connectionKeys,
  isFederation,
  planCredentials,
  sourceSecrets,
  type ConnectionPlan,
  type SecretUse,
} from './credentials.ts';
export {
  CONFIG_CHECKSUM,
  planConsumer,
  planProducer,
  POD_PORT,
  SECRETS_CHECKSUM,
  type PodInputs,
} from './deployment.ts';
export {
  COMPONENTS,
  feedTopics,
  fullName,
  ownedBy,
  userName,
  type Component,
  type Feed,
  type FeedRef,
} from './feed.ts';
export {
  ALLOWED_NAMESPACES,
  isProblem,
  kafkaRef,
  refusal,
  resolveCluster,
  type KafkaAdmission,
  type KafkaProblem,
  type StrimziCluster,
} from './kafka-cluster.ts';
export { planTopics, planUsers, wantedTopics, type WantedTopic } from './kafka-objects.ts';
export * from './labels.ts';
export { childName } from './names.ts';
export { METRICS_LABEL, planNetworkPolicies } from './network-policies.ts';
export { consumerConfigOf, planConfigMap, producerConfigOf } from './pod-config.ts';
export { planPodMonitor, PodMonitors, type PodMonitor } from './pod-monitor.ts';
export { planStorage } from './storage.ts';
export * from './strimzi.ts';
