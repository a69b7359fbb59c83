/**
 * A stand-in for Strimzi's cluster, topic and user operators: it acts on a broker that runs already, through the custom
 * resources that Strimzi publishes. See README.md in this folder for where it differs.
 */
import { type Clock, type KubeClient, type KubeLog, silentLog, systemClock } from '@tributary/operator/kube';
import type { BrokerAccess } from '../broker/index.ts';
import { BrokerConnection } from './broker-connection.ts';
import { BrokerTopics } from './broker-topics.ts';
import { BrokerUsers } from './broker-users.ts';
import { ClusterOperator } from './clusters.ts';
import { TopicOperator } from './topics.ts';
import { UserOperator } from './users.ts';

export interface StrimziOptions {
  /** May read and write Kafkas, KafkaTopics, KafkaUsers and Secrets in the namespace. Stays open. */
  kube: KubeClient;
  broker: BrokerAccess & { clusterId?: string };
  /** Where the Kafka and its topics and users are. The CRDs must be there already. */
  namespace: string;
  /** Ends it, as `stop` does. */
  signal?: AbortSignal | undefined;
  clock?: Clock;
  log?: KubeLog;
  /** How soon what was changed on the broker behind its back is put right. @default 120 s, Strimzi's */
  resyncMs?: number;
}

export interface Strimzi {
  /** Resolves when nothing is under way any more. What it made stays. */
  stop(): Promise<void>;
}

const RESYNC_MS = 120_000;

export function startStrimzi(options: StrimziOptions): Strimzi {
  const {
    kube: client,
    broker,
    namespace,
    clock = systemClock,
    log = silentLog,
    resyncMs = RESYNC_MS,
  } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const connection = new BrokerConnection(broker);
  const shared = { client, clock, log, namespace, resyncMs };
  const running: Promise<void>[] = [];
  let serving = false;
  // Topics and users belong to a Kafka: its entity operator comes up once there is one.
  const serve = (cluster: string) => {
    if (serving || signal.aborted) return;
    serving = true;
    const topics = new TopicOperator({ ...shared, cluster, topics: new BrokerTopics(connection) });
    const users = new UserOperator({
      ...shared,
      cluster,
      users: new BrokerUsers(connection, broker),
      adminName: broker.adminUser.username,
    });
    running.push(topics.run(signal), users.run(signal));
  };
  running.push(new ClusterOperator({ ...shared, broker, serve }).run(signal));
  let stopped: Promise<void> | undefined;
  const end = async () => {
    options.signal?.removeEventListener('abort', onAbort);
    stopping.abort();
    await Promise.all(running);
    await connection.close();
  };
  const stop = () => (stopped ??= end());
  const onAbort = () => void stop();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  if (options.signal?.aborted === true) onAbort();
  return { stop };
}
