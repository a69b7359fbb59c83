import type { KubeClient } from '../../kube/index.ts';
import { ALLOWED_NAMESPACES, Kafkas, type Kafka } from '../../plan/index.ts';

export const KAFKA_NAMESPACE = 'kafka';

/** As Strimzi has it once it runs. */
const READY = {
  conditions: [{ type: 'Ready', status: 'True' }],
  listeners: [
    {
      name: 'tls',
      bootstrapServers: 'plant-kafka-bootstrap.kafka.svc:9093',
      certificates: ['-----BEGIN CERTIFICATE-----\nnot real\n-----END CERTIFICATE-----'],
    },
  ],
};

/** A Kafka that is not Ready yet. `allowed`: the namespaces of feeds that may use it, as its annotation has them. */
export function createKafka(client: KubeClient, name: string, allowed?: string): Promise<Kafka> {
  const annotations = allowed === undefined ? {} : { [ALLOWED_NAMESPACES]: allowed };
  const authentication = { type: 'scram-sha-512' } as const;
  return client.create(Kafkas, {
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'Kafka',
    metadata: { name, namespace: KAFKA_NAMESPACE, annotations },
    spec: {
      kafka: { listeners: [{ name: 'tls', port: 9093, type: 'internal', tls: true, authentication }] },
    },
  });
}

export function makeReady(client: KubeClient, kafka: Kafka): Promise<Kafka> {
  const status = { observedGeneration: kafka.metadata.generation ?? 1, ...READY };
  return client.update(Kafkas, { ...kafka, status }, { subresource: 'status' });
}
