import type { BrokerConfig, KafkaSpec } from '@tributary/api';
import { COMPONENTS, userName, type Component, type FeedRef } from './feed.ts';
import type { StrimziCluster } from './kafka-cluster.ts';

export type Login = NonNullable<BrokerConfig['sasl']>;

/** How a feed's pods reach their Kafka, whoever runs it. */
export interface Broker {
  bootstrapServers: string[];
  tls: BrokerConfig['tls'];
  /** PEM authorities, with tls `ca.crt`. */
  ca: string | undefined;
  /** Undefined where Kafka asks for no login. */
  logins: Record<Component, Login> | undefined;
  /** Where its pods are, if Strimzi runs it. */
  strimzi: { name: string; namespace: string } | undefined;
}

export function strimziBroker(feed: FeedRef, cluster: StrimziCluster): Broker {
  const { name, namespace, bootstrapServers, ca } = cluster;
  return {
    bootstrapServers,
    tls: ca === undefined ? 'none' : 'ca.crt',
    ca,
    logins: loginsOf((component) => ({ mechanism: 'scram-sha-512', username: userName(feed, component) })),
    strimzi: { name, namespace },
  };
}

/** `ca` is what `tls.caFrom` refers to. */
export function anyBroker({ bootstrapServers = '', tls, sasl }: KafkaSpec, ca: string | undefined): Broker {
  return {
    bootstrapServers: bootstrapServers.split(','),
    tls: tls === undefined ? 'none' : ca === undefined ? 'public' : 'ca.crt',
    ca,
    logins:
      sasl === undefined
        ? undefined
        : loginsOf((component) => ({
            mechanism: sasl.mechanism,
            username: (component === 'consumer' ? sasl.consumer : undefined)?.username ?? sasl.username,
          })),
    strimzi: undefined,
  };
}

function loginsOf(login: (component: Component) => Login): Record<Component, Login> {
  const [producer, consumer] = COMPONENTS.map(login);
  if (producer === undefined || consumer === undefined) throw new TypeError('there are two components');
  return { producer, consumer };
}
