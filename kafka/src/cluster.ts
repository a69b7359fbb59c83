import Cluster from 'kafkajs/src/cluster/index.js';
import { createLogger } from 'kafkajs/src/loggers/index.js';
import socketFactory from 'kafkajs/src/network/socketFactory.js';
import type { KafkaConnectionOptions, KafkaLog } from './connection-options.ts';
import { patchIdleTimer } from './idle-patch.ts';

/** kafkajs' log levels. */
const LEVEL = { info: 4 } as const;

export const CONNECTION_TIMEOUT_MS = 5_000;
export const AUTHENTICATION_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const METADATA_MAX_AGE_MS = 300_000;
/** Retries inside the client are few: whoever calls the seam backs off, and knows why. */
export const CLIENT_RETRY = {
  initialRetryTime: 100,
  maxRetryTime: 2_000,
  retries: 3,
  factor: 0.2,
  multiplier: 2,
};

/** The public constructor's options, for the transactional producer and the admin client. */
export function clientOptions(options: KafkaConnectionOptions) {
  patchIdleTimer();
  return {
    brokers: [...options.bootstrapServers],
    clientId: options.clientId,
    ssl: sslOptions(options.tls),
    sasl: saslOptions(options.sasl),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    authenticationTimeout: AUTHENTICATION_TIMEOUT_MS,
    requestTimeout: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    retry: CLIENT_RETRY,
    logLevel: LEVEL.info,
    logCreator: () => logTo(options.log),
  };
}

/** A connection pool of its own: a reader's long polls hold nobody else up. */
export function createCluster(options: KafkaConnectionOptions): Cluster {
  const { logLevel, logCreator, ...rest } = clientOptions(options);
  return new Cluster({
    ...rest,
    logger: createLogger({ level: logLevel, logCreator }),
    socketFactory: socketFactory(),
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
  });
}

function sslOptions(tls: KafkaConnectionOptions['tls']): object | boolean {
  if (tls === 'none') return false;
  if (tls === 'public') return true;
  // Read by Object.assign for every socket, so a renewed authority is picked up on the next connection.
  return {
    get ca() {
      return [tls.ca()];
    },
  };
}

function saslOptions(sasl: KafkaConnectionOptions['sasl']) {
  if (sasl === undefined) return undefined;
  return {
    mechanism: sasl.mechanism,
    username: sasl.username,
    get password() {
      return sasl.password();
    },
  };
}

function logTo(log: KafkaLog) {
  return ({
    namespace,
    level,
    log: entry,
  }: {
    namespace: string;
    level: number;
    log: Record<string, unknown>;
  }) => {
    const { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...fields } = entry;
    const text = `kafkajs${namespace === '' ? '' : ` ${namespace}`}: ${String(message)}`;
    // Whatever fails here reaches the caller as an error of ours, to be judged and logged there once; kafkajs says it at
    // every level of its stack and for every retry, CONCURRENT_TRANSACTIONS after nearly every commit.
    log.debug({ ...fields, kafkajsLevel: level }, text);
  };
}
