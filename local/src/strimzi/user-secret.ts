/** The Secret that Strimzi keeps for a SCRAM user. Pure but for the random password. */
import { randomInt } from 'node:crypto';
import type { Secret } from '@tributary/operator/kube';
import { CLUSTER_LABEL, KIND_LABEL, type KafkaUser } from './resources.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** Strimzi's length since 0.34. */
const LENGTH = 32;

export function randomPassword(): string {
  return Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

export function passwordIn(secret: Secret | undefined): string | undefined {
  const encoded = secret?.data?.['password'];
  return encoded === undefined || encoded === ''
    ? undefined
    : Buffer.from(encoded, 'base64').toString('utf8');
}

export function userSecret(user: KafkaUser, password: string): Secret {
  const { name, namespace = '', uid = '', labels = {} } = user.metadata;
  const template = user.spec?.template?.secret?.metadata;
  const jaas = `org.apache.kafka.common.security.scram.ScramLoginModule required username="${name}" password="${password}";`;
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace,
      labels: {
        ...template?.labels,
        'app.kubernetes.io/name': 'strimzi-user-operator',
        'app.kubernetes.io/instance': name,
        'app.kubernetes.io/part-of': `strimzi-${name}`,
        'app.kubernetes.io/managed-by': 'strimzi-user-operator',
        [CLUSTER_LABEL]: labels[CLUSTER_LABEL] ?? '',
        [KIND_LABEL]: 'KafkaUser',
      },
      ...(template?.annotations === undefined ? {} : { annotations: template.annotations }),
      ownerReferences: [
        {
          apiVersion: user.apiVersion,
          kind: 'KafkaUser',
          name,
          uid,
          controller: false,
          blockOwnerDeletion: false,
        },
      ],
    },
    type: 'Opaque',
    data: { password: base64(password), 'sasl.jaas.config': base64(jaas) },
  };
}
