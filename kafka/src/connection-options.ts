import type { BrokerConfig } from '@tributary/api';

/** Where log lines go; pino's logger fits. */
export interface KafkaLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** How to reach a Kafka. Secrets are functions: they are asked on every new connection, so rotation needs no restart. */
export interface KafkaConnectionOptions {
  readonly bootstrapServers: readonly string[];
  /** `none`, the public authorities, or a PEM of authorities. */
  readonly tls: 'none' | 'public' | { readonly ca: () => string };
  readonly sasl?:
    | {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
        readonly username: string;
        readonly password: () => string;
      }
    | undefined;
  /** Shown in the broker's logs and quotas. */
  readonly clientId: string;
  readonly log: KafkaLog;
  /** @default 30_000 */
  readonly requestTimeoutMs?: number;
}

/** The connection that a pod's config describes; `secrets` is the folder with `password` and `ca.crt`. */
export function brokerConnection(
  broker: Pick<BrokerConfig, 'bootstrapServers' | 'tls' | 'sasl'>,
  secrets: { readSync(name: string, options?: { secret?: boolean }): string },
  identity: { clientId: string; log: KafkaLog },
): KafkaConnectionOptions {
  return {
    bootstrapServers: broker.bootstrapServers,
    tls: broker.tls === 'ca.crt' ? { ca: () => secrets.readSync('ca.crt', { secret: false }) } : broker.tls,
    ...(broker.sasl === undefined
      ? {}
      : { sasl: { ...broker.sasl, password: () => secrets.readSync('password') } }),
    ...identity,
  };
}
