// Generated from the CRDs that Strimzi publishes, by "npm run generate". Do not edit.
import type { ObjectMeta } from '../object-meta.ts';

export interface KafkaUser {
  apiVersion: 'kafka.strimzi.io/v1';
  kind: 'KafkaUser';
  metadata: ObjectMeta;
  spec: KafkaUserSpec;
  status?: KafkaUserStatus;
}

export interface KafkaUserSpecAuthenticationPasswordValueFromSecretKeyRef {
  key?: string;
  name?: string;
  optional?: boolean;
}

export interface KafkaUserSpecAuthenticationPasswordValueFrom {
  secretKeyRef?: KafkaUserSpecAuthenticationPasswordValueFromSecretKeyRef;
}

export interface KafkaUserSpecAuthenticationPassword {
  valueFrom: KafkaUserSpecAuthenticationPasswordValueFrom;
}

export interface KafkaUserSpecAuthentication {
  password?: KafkaUserSpecAuthenticationPassword;
  renewalDays?: number;
  type: 'tls' | 'tls-external' | 'scram-sha-512';
  validityDays?: number;
}

export interface KafkaUserSpecAuthorizationAclsItemResource {
  name?: string;
  patternType?: 'literal' | 'prefix';
  type: 'topic' | 'group' | 'cluster' | 'transactionalId';
}

export interface KafkaUserSpecAuthorizationAclsItem {
  type?: 'allow' | 'deny';
  resource: KafkaUserSpecAuthorizationAclsItemResource;
  host?: string;
  operations: (
    | 'Read'
    | 'Write'
    | 'Create'
    | 'Delete'
    | 'Alter'
    | 'Describe'
    | 'ClusterAction'
    | 'AlterConfigs'
    | 'DescribeConfigs'
    | 'IdempotentWrite'
    | 'All'
  )[];
}

export interface KafkaUserSpecAuthorization {
  acls: KafkaUserSpecAuthorizationAclsItem[];
  type: 'simple';
}

export interface KafkaUserSpecQuotas {
  producerByteRate?: number;
  consumerByteRate?: number;
  requestPercentage?: number;
  controllerMutationRate?: number;
}

export interface KafkaUserSpecTemplateSecretMetadata {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface KafkaUserSpecTemplateSecret {
  metadata?: KafkaUserSpecTemplateSecretMetadata;
}

export interface KafkaUserSpecTemplate {
  secret?: KafkaUserSpecTemplateSecret;
}

export interface KafkaUserSpec {
  authentication?: KafkaUserSpecAuthentication;
  authorization?: KafkaUserSpecAuthorization;
  quotas?: KafkaUserSpecQuotas;
  template?: KafkaUserSpecTemplate;
}

export interface KafkaUserStatusConditionsItem {
  type?: string;
  status?: string;
  lastTransitionTime?: string;
  reason?: string;
  message?: string;
}

export interface KafkaUserStatus {
  conditions?: KafkaUserStatusConditionsItem[];
  observedGeneration?: number;
  username?: string;
  secret?: string;
}
