import type { StreamSourceSpec } from '@tributary/api';
import { isReady, whyNotReady, type Kafka } from './strimzi.ts';

/** Where a feed's Kafka is, as read from a Kafka resource of Strimzi. */
export interface StrimziCluster {
  name: string;
  namespace: string;
  bootstrapServers: string[];
  /** PEM authorities of a TLS listener; undefined: the listener is not encrypted. */
  ca: string | undefined;
}

/** A Kafka that cannot be used as it is: `waiting` gets better by itself, otherwise a person must act. */
export interface KafkaProblem {
  waiting: boolean;
  reason: string;
  message: string;
}

/** Namespaces whose feeds may use a Kafka beside those that it names itself, by its `namespace/name`; `*` for all. */
export type KafkaAdmission = Readonly<Record<string, readonly string[]>>;

/** On a Kafka: the namespaces whose feeds may use it, comma-separated, `*` for all. */
export const ALLOWED_NAMESPACES = 'tributary.dev/allowed-namespaces';

export function kafkaRef(
  spec: StreamSourceSpec,
  feedNamespace: string,
): { name: string; namespace: string; listener: string | undefined } | undefined {
  const { strimzi } = spec.kafka;
  if (strimzi === undefined) return undefined;
  return {
    name: strimzi.cluster,
    namespace: strimzi.namespace ?? feedNamespace,
    listener: strimzi.listener,
  };
}

/**
 * The listener's address and authorities, or why there are none yet. `acceptNotReady` is for feeds that run already: a
 * Kafka that is being rolled still publishes its address, and nothing is gained by stopping.
 */
export function resolveCluster(
  kafka: Kafka,
  listenerName: string | undefined,
  acceptNotReady = false,
): StrimziCluster | KafkaProblem {
  const { name, namespace = '' } = kafka.metadata;
  const id = `Kafka ${namespace}/${name}`;
  const listeners = kafka.spec?.kafka?.listeners ?? [];
  const listener =
    listenerName === undefined
      ? listeners.find(
          ({ type, tls, authentication }) =>
            type === 'internal' && tls && authentication?.type === 'scram-sha-512',
        )
      : listeners.find((each) => each.name === listenerName);
  if (listener === undefined) {
    const wanted =
      listenerName === undefined
        ? 'no internal listener with TLS and SCRAM-SHA-512; add one, or name another in spec.kafka.strimzi.listener'
        : `no listener ${listenerName}; correct spec.kafka.strimzi.listener`;
    return { waiting: false, reason: 'ListenerNotFound', message: `${id} has ${wanted}` };
  }
  if (listener.authentication?.type !== 'scram-sha-512') {
    return {
      waiting: false,
      reason: 'ListenerNotSupported',
      message: `listener ${listener.name} of ${id} does not use SCRAM-SHA-512; name another in spec.kafka.strimzi.listener`,
    };
  }
  if (!isReady(kafka) && !acceptNotReady)
    return { waiting: true, reason: 'KafkaNotReady', message: `${id} is not Ready${whyNotReady(kafka)}` };
  const address = kafka.status?.listeners?.find((each) => each.name === listener.name);
  const bootstrapServers = (address?.bootstrapServers ?? '').split(',').filter((server) => server !== '');
  const certificates = address?.certificates ?? [];
  if (bootstrapServers.length === 0 || (listener.tls && certificates.length === 0)) {
    return {
      waiting: true,
      reason: 'KafkaNotReady',
      message: `${id} does not publish the address of listener ${listener.name} yet`,
    };
  }
  return {
    name,
    namespace,
    bootstrapServers,
    ca: listener.tls ? certificates.map((pem) => `${pem.trim()}\n`).join('') : undefined,
  };
}

export function isProblem(resolved: StrimziCluster | KafkaProblem): resolved is KafkaProblem {
  return 'waiting' in resolved;
}

/** Why feeds of the namespace may not use the Kafka; undefined where they may. */
export function refusal(
  kafka: Kafka,
  feedNamespace: string,
  admission: KafkaAdmission = {},
): KafkaProblem | undefined {
  if (admits(kafka, feedNamespace, admission)) return undefined;
  const { name, namespace = '' } = kafka.metadata;
  return {
    waiting: false,
    reason: 'KafkaNotAllowed',
    message: `Kafka ${namespace}/${name} does not admit namespace ${feedNamespace}: annotate it with ${ALLOWED_NAMESPACES}, or name it in kafkaAdmission of the chart`,
  };
}

function admits({ metadata }: Kafka, feedNamespace: string, admission: KafkaAdmission): boolean {
  const { name, namespace = '', annotations = {} } = metadata;
  if (namespace === feedNamespace) return true;
  const id = `${namespace}/${name}`;
  const own = (annotations[ALLOWED_NAMESPACES] ?? '').split(',').map((each) => each.trim());
  const allowed = [...own, ...(Object.hasOwn(admission, id) ? (admission[id] ?? []) : [])];
  return allowed.includes('*') || allowed.includes(feedNamespace);
}
