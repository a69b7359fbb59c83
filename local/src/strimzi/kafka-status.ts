/** What Strimzi would say of a Kafka that is the broker at hand. Pure. */
import type { Secret } from '@tributary/operator/kube';
import type { BrokerAccess } from '../broker/index.ts';
import { CLUSTER_LABEL, type Condition, type Kafka, type KafkaListener, KIND_LABEL } from './resources.ts';
import { notReady, ready } from './write-status.ts';

export const CLUSTER_CA_SUFFIX = '-cluster-ca-cert';

export interface ServedBroker extends Pick<BrokerAccess, 'bootstrapServers' | 'caPem'> {
  clusterId?: string | undefined;
}

export function kafkaStatus(kafka: Kafka, broker: ServedBroker): NonNullable<Kafka['status']> {
  const listeners = kafka.spec?.kafka.listeners ?? [];
  const served = listeners.filter(isServed);
  const left = listeners.filter((listener) => !isServed(listener)).map(({ name }) => name);
  const addresses = broker.bootstrapServers.split(',').map((address) => {
    const colon = address.lastIndexOf(':');
    return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
  });
  const conditions: Condition[] =
    served.length > 0
      ? [ready()]
      : [
          notReady(
            'InvalidResourceException',
            'the local broker has one listener, with TLS and scram-sha-512, and the Kafka declares none such',
          ),
        ];
  if (left.length > 0)
    conditions.push({
      type: 'Warning',
      status: 'True',
      reason: 'ListenersNotServed',
      message: `the local broker speaks scram-sha-512 over TLS only: without ${left.join(', ')}`,
    });
  const version = kafka.spec?.kafka.version;
  return {
    conditions,
    listeners: served.map(({ name }) => ({
      name,
      addresses,
      bootstrapServers: broker.bootstrapServers,
      certificates: [broker.caPem],
    })),
    ...(broker.clusterId === undefined ? {} : { clusterId: broker.clusterId }),
    ...(version === undefined ? {} : { kafkaVersion: version }),
  };
}

function isServed({ tls, authentication }: KafkaListener): boolean {
  return tls && authentication?.type === 'scram-sha-512';
}

/** The public half of the cluster's authority. Strimzi's has a PKCS #12 copy of it as well. */
export function clusterCaSecret(kafka: Kafka, caPem: string): Secret {
  const { name, namespace = '', uid = '' } = kafka.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: `${name}${CLUSTER_CA_SUFFIX}`,
      namespace,
      labels: {
        'app.kubernetes.io/name': 'certificate-authority',
        'app.kubernetes.io/instance': name,
        'app.kubernetes.io/managed-by': 'strimzi-cluster-operator',
        'app.kubernetes.io/part-of': `strimzi-${name}`,
        [CLUSTER_LABEL]: name,
        [KIND_LABEL]: 'Kafka',
        'strimzi.io/name': 'strimzi',
        'strimzi.io/component-type': 'certificate-authority',
      },
      annotations: { 'strimzi.io/ca-cert-generation': '0' },
      ownerReferences: [
        {
          apiVersion: kafka.apiVersion,
          kind: 'Kafka',
          name,
          uid,
          controller: false,
          blockOwnerDeletion: false,
        },
      ],
    },
    type: 'Opaque',
    data: { 'ca.crt': Buffer.from(caPem).toString('base64') },
  };
}
