import {
  KafkaResource as Kafkas,
  KafkaTopicResource as KafkaTopics,
  KafkaUserResource as KafkaUsers,
  type Kafka,
  type KafkaTopic,
  type KafkaUser,
  type KafkaUserSpecAuthorizationAclsItem,
} from 'strimzi-crds';

export { Kafkas, KafkaTopics, KafkaUsers };
export type { Kafka, KafkaTopic, KafkaUser };
export type AclRule = KafkaUserSpecAuthorizationAclsItem;

interface WithStatus {
  metadata: { generation?: number };
  status?: {
    observedGeneration?: number;
    conditions?: { type?: string; status?: string; reason?: string; message?: string }[];
  };
}

/** Whether Strimzi has acted on the object as it stands now, and well. */
export function isReady(object: WithStatus): boolean {
  if ((object.status?.observedGeneration ?? 0) < (object.metadata.generation ?? 0)) return false;
  return (
    object.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false
  );
}

/** What Strimzi says stands in the way, as the end of a sentence; empty where it says nothing. */
export function whyNotReady(object: WithStatus): string {
  // Strimzi says either Ready=False or NotReady=True.
  const condition = object.status?.conditions?.find(({ type }) => type === 'Ready' || type === 'NotReady');
  const why = condition?.message ?? condition?.reason;
  return why === undefined ? '' : `: ${why}`;
}
