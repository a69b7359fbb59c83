/** The resources of Strimzi, as far as the stand-in reads and writes them. */
import {
  type KubeObject,
  KafkaResource as AnyKafka,
  KafkaTopicResource as AnyKafkaTopic,
  KafkaUserResource as AnyKafkaUser,
  retype,
} from '@tributary/operator/kube';

export interface Condition {
  type: string;
  status: 'True' | 'False';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

export interface KafkaListener {
  name: string;
  port: number;
  type: string;
  tls: boolean;
  authentication?: { type: string };
}

export interface Kafka extends KubeObject {
  spec?: { kafka: { version?: string; listeners: KafkaListener[]; authorization?: { type: string } } };
  status?: {
    conditions?: Condition[];
    observedGeneration?: number;
    listeners?: {
      name: string;
      addresses: { host: string; port: number }[];
      bootstrapServers: string;
      certificates?: string[];
    }[];
    kafkaNodePools?: { name: string }[];
    clusterId?: string;
    kafkaVersion?: string;
    operatorLastSuccessfulVersion?: string;
  };
}

export interface KafkaTopic extends KubeObject {
  spec?: { topicName?: string; partitions?: number; replicas?: number; config?: Record<string, unknown> };
  status?: { conditions?: Condition[]; observedGeneration?: number; topicName?: string; topicId?: string };
}

export interface KafkaUser extends KubeObject {
  spec?: {
    authentication?: {
      type: string;
      password?: { valueFrom: { secretKeyRef: { name: string; key: string; optional?: boolean } } };
    };
    authorization?: {
      type: string;
      acls: {
        type?: 'allow' | 'deny';
        resource: {
          type: 'topic' | 'group' | 'cluster' | 'transactionalId';
          name?: string;
          patternType?: 'literal' | 'prefix';
        };
        host?: string;
        operations?: string[];
      }[];
    };
    quotas?: Record<string, number>;
    template?: {
      secret?: { metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> } };
    };
  };
  status?: { conditions?: Condition[]; observedGeneration?: number; username?: string; secret?: string };
}

export const KafkaResource = retype<Kafka>(AnyKafka);
export const KafkaTopicResource = retype<KafkaTopic>(AnyKafkaTopic);
export const KafkaUserResource = retype<KafkaUser>(AnyKafkaUser);

export const CLUSTER_LABEL = 'strimzi.io/cluster';
export const KIND_LABEL = 'strimzi.io/kind';
export const TOPIC_FINALIZER = 'strimzi.io/topic-operator';
export const MANAGED_ANNOTATION = 'strimzi.io/managed';
export const PAUSED_ANNOTATION = 'strimzi.io/pause-reconciliation';
