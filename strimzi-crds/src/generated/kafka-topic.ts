// Generated from the CRDs that Strimzi publishes, by "npm run generate". Do not edit.
import type { ObjectMeta } from '../object-meta.ts';

export interface KafkaTopic {
  apiVersion: 'kafka.strimzi.io/v1';
  kind: 'KafkaTopic';
  metadata: ObjectMeta;
  spec: KafkaTopicSpec;
  status?: KafkaTopicStatus;
}

export interface KafkaTopicSpec {
  topicName?: string;
  partitions?: number;
  replicas?: number;
  config?: Record<string, unknown>;
}

export interface KafkaTopicStatusConditionsItem {
  type?: string;
  status?: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

export interface KafkaTopicStatusReplicasChange {
  targetReplicas?: number;
  state?: 'pending' | 'ongoing';
  message?: string;
  sessionId?: string;
}

export interface KafkaTopicStatus {
  conditions?: KafkaTopicStatusConditionsItem[];
  observedGeneration?: number;
  topicName?: string;
  topicId?: string;
  replicasChange?: KafkaTopicStatusReplicasChange;
}
