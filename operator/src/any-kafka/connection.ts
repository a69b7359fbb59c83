import type { KafkaConnectionOptions, KafkaLog } from '@tributary/kafka';
import type { Broker } from '../plan/index.ts';

/** A login with its password in clear. */
export interface KeyedLogin {
  mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  username: string;
  password: string;
}

/** Of kafkajs nothing is logged: what fails becomes a condition. */
const SILENT: KafkaLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const REQUEST_TIMEOUT_MS = 10_000;

export function connectionOptions(
  { bootstrapServers, tls, ca }: Pick<Broker, 'bootstrapServers' | 'tls' | 'ca'>,
  login: KeyedLogin | undefined,
): KafkaConnectionOptions {
  return {
    bootstrapServers,
    tls: tls === 'ca.crt' ? { ca: () => ca ?? '' } : tls,
    ...(login === undefined
      ? {}
      : {
          sasl: { mechanism: login.mechanism, username: login.username, password: () => login.password },
        }),
    clientId: 'tributary-operator',
    log: SILENT,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  };
}
