export type BrokerPorts = { clients: number; internal: number; controller: number };

export type BrokerSettings = {
  ports: BrokerPorts;
  logDir: string;
  /** PEM file of key and certificate that clients see, and that of the broker's own connections. */
  clientsKeyStore: string;
  internalKeyStore: string;
  /** PEM file of the authority whose certificates alone open the internal listeners. */
  internalTrustStore: string;
  adminUser: string;
};

/** The subject of the certificate that the broker and its controller show each other. */
export const internalCommonName = 'tributary-broker';

/**
 * The configuration of one combined KRaft node. Clients come in by SASL_SSL with SCRAM-SHA-512; broker and
 * controller speak to each other by mutual TLS under an authority of their own, which no client's
 * credentials satisfy. Nothing listens in plain text.
 */
export function serverProperties(settings: BrokerSettings): Record<string, string> {
  const { ports } = settings;
  const address = (port: number): string => `127.0.0.1:${port}`;
  const internal = (listener: string): Record<string, string> => ({
    [`listener.name.${listener}.ssl.client.auth`]: 'required',
    [`listener.name.${listener}.ssl.keystore.type`]: 'PEM',
    [`listener.name.${listener}.ssl.keystore.location`]: settings.internalKeyStore,
    [`listener.name.${listener}.ssl.truststore.type`]: 'PEM',
    [`listener.name.${listener}.ssl.truststore.location`]: settings.internalTrustStore,
  });
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${address(ports.controller)}`,
    listeners: `CLIENTS://${address(ports.clients)},INTERNAL://${address(ports.internal)},CONTROLLER://${address(ports.controller)}`,
    'advertised.listeners': `CLIENTS://${address(ports.clients)},INTERNAL://${address(ports.internal)}`,
    'listener.security.protocol.map': 'CLIENTS:SASL_SSL,INTERNAL:SSL,CONTROLLER:SSL',
    'inter.broker.listener.name': 'INTERNAL',
    'controller.listener.names': 'CONTROLLER',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.clients.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.clients.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'listener.name.clients.ssl.keystore.type': 'PEM',
    'listener.name.clients.ssl.keystore.location': settings.clientsKeyStore,
    ...internal('internal'),
    ...internal('controller'),
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    'super.users': `User:CN=${internalCommonName};User:${settings.adminUser}`,
    'log.dirs': settings.logDir,
    'auto.create.topics.enable': 'false',
    'default.replication.factor': '1',
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '5', // one broker gains nothing by 50, and each costs time at every start
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '5',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'num.network.threads': '2',
    'num.io.threads': '4',
    'log.cleaner.dedupe.buffer.size': '16777216', // 128 MiB by default: a quarter of this heap
    // After a crash the broker's former registration has to expire before it may come back.
    'broker.session.timeout.ms': '4000',
    'broker.heartbeat.interval.ms': '500',
  };
}

/** Kafka reads Java properties: a backslash would begin an escape. */
export function toProperties(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
}
