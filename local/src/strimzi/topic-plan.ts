/** What must happen to a topic for its KafkaTopic: Strimzi's rules and refusals. Pure. */
import type { BrokerTopic } from './broker-topics.ts';
import type { KafkaTopic } from './resources.ts';

export type TopicPlan =
  | { kind: 'create'; partitions: number; replicas: number; config: Record<string, string> }
  | { kind: 'alter'; growTo: number | undefined; set: Record<string, string>; unset: string[] }
  | { kind: 'nothing' }
  | { kind: 'refuse'; reason: string; message: string };

/** Kafka's own wish for "as the broker has it". */
const DEFAULT = -1;

export function topicNameOf(topic: KafkaTopic): string {
  return topic.spec?.topicName ?? topic.metadata.name;
}

export function planTopic(topic: KafkaTopic, present: BrokerTopic | undefined): TopicPlan {
  const { partitions = DEFAULT, replicas = DEFAULT, config = {} } = topic.spec ?? {};
  const wanted = Object.fromEntries(Object.entries(config).map(([key, value]) => [key, textOf(value)]));
  const known = topic.status?.topicName;
  if (known !== undefined && known !== topicNameOf(topic))
    return refuse('Changing spec.topicName is not supported');
  if (present === undefined) return { kind: 'create', partitions, replicas, config: wanted };
  if (partitions !== DEFAULT && partitions < present.partitions)
    return refuse('Decreasing partitions not supported');
  if (replicas !== DEFAULT && replicas !== present.replicas) {
    const all = Array.from({ length: present.partitions }, (_, index) => index).join(', ');
    return refuse(`Replication factor change not supported, but required for partitions [${all}]`);
  }
  const growTo = partitions > present.partitions ? partitions : undefined;
  const set = Object.fromEntries(
    Object.entries(wanted).filter(([key, value]) => present.config[key] !== value),
  );
  const unset = Object.keys(present.config).filter((key) => !(key in wanted));
  if (growTo === undefined && Object.keys(set).length === 0 && unset.length === 0) return { kind: 'nothing' };
  return { kind: 'alter', growTo, set, unset };
}

function refuse(message: string): TopicPlan {
  return { kind: 'refuse', reason: 'NotSupported', message };
}

/** Strimzi takes numbers, booleans and lists for what Kafka knows as text. */
function textOf(value: unknown): string {
  return Array.isArray(value) ? value.map(textOf).join(',') : String(value);
}
