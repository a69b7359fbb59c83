import {
  Applier,
  EventRecorder,
  systemClock,
  Workers,
  WorkQueue,
  type Priority,
  type Clock,
  type KubeClient,
  type KubeLog,
  type KubeMetrics,
} from '../kube/index.ts';
import type { DatabricksSpec } from '@tributary/api';
import {
  Analyses,
  ConnectionError,
  Connections,
  subjectTokens,
  type NotebookSet,
} from '../databricks/index.ts';
import { AnyKafka } from '../any-kafka/index.ts';
import { COMPONENTS, userName, type KafkaAdmission } from '../plan/index.ts';
import { QuotaReconciler, Quotas } from '../quota/index.ts';
import { StatusWriter, type StreamSource } from '../status/index.ts';
import { Caches, FEEDS_OF_QUOTA, OURS } from './caches.ts';
import { Children } from './children.ts';
import type { Environment, Images } from './environment.ts';
import { PodObserver } from './pod-observer.ts';
import { Reconciler } from './reconciler.ts';
import { References } from './references.ts';
import { SecretReader } from './secret-reader.ts';

/** Strimzi's label on the Secrets of the users that it makes. */
const OF_KAFKA_USERS = 'strimzi.io/kind=KafkaUser';

export const FIELD_MANAGER = 'tributary-operator';

export interface OperatorOptions {
  /** Fenced by leadership where there may be several operators. */
  client: KubeClient;
  /** Namespaces with StreamSources; empty: all. */
  namespaces: readonly string[];
  /** Where Strimzi runs Kafka; empty: as `namespaces`. */
  kafkaNamespaces: readonly string[];
  /** @default a Kafka admits whom its annotation names */
  kafkaAdmission?: KafkaAdmission;
  operatorNamespace: string;
  /** The pod's name, for events. */
  instance: string;
  images: Images;
  notebooks: NotebookSet;
  /** Of the tokens that feeds' service accounts present to Databricks. @default none may */
  federationAudience?: string;
  /** Of the pods. */
  logLevel?: string;
  /** @default 8 */
  concurrency?: number;
  /** How long a deletion tries to remove what lies elsewhere before it leaves it and says so. @default 5 min */
  deletionPatienceMs?: number;
  /** What one call to Databricks may take with its retries: a lost workspace must not hold a worker up. @default 20 s */
  workspaceBudgetMs?: number;
  /** How often topics and rights on a Kafka without Strimzi are looked at. @default 5 min */
  checkKafkaEveryMs?: number;
  /** How often kinds of other operators, such as PodMonitor, are looked for. @default 60 s */
  lookForKindsEveryMs?: number;
  clock?: Clock;
  log: KubeLog;
  metrics: KubeMetrics;
}

export interface Operator {
  /** Resolves when all caches are filled and reconciling has begun. */
  started: Promise<void>;
  /** Keys that have been worked on for too long. */
  stuck(): string[];
  feeds(): number;
  /** Resolves when everything has ended after `signal` was aborted. */
  run(signal: AbortSignal): Promise<void>;
  /** Reconciles a feed now. */
  enqueue(key: string): void;
}

/** Puts the parts together. */
export function createOperator(options: OperatorOptions): Operator {
  const { client, log, metrics, clock = systemClock } = options;
  const shared = { clock, log, metrics };
  const stop = new AbortController();
  const references = new References();
  const queue = new WorkQueue({
    name: 'streamsource',
    clock,
    metrics,
    backoff: { baseMs: 50, maxMs: 5 * 60_000, jitter: 0.2 },
  });
  const enqueue = (key: string, priority?: Priority): void => queue.add(key, priority);
  const quotas = new Quotas<StreamSource>({
    quota: (name, namespace) => caches.quotas.get(name, namespace),
    feeds: (key, namespace) => caches.streamSources.byIndex(namespace, FEEDS_OF_QUOTA, key),
    onChange: (key) => quotaReconciler.enqueue(key),
  });
  const quotaReconciler = new QuotaReconciler({
    ...shared,
    client,
    quotas,
    quota: (name, namespace) => caches.quotas.get(name, namespace),
    onShare: enqueue,
  });
  const caches: Caches = new Caches({
    ...shared,
    onFeed: (old, next) => quotas.feedChanged(old, next),
    onQuota: (key) => quotas.quotaChanged(key),
    client,
    namespaces: options.namespaces,
    kafkaNamespaces: options.kafkaNamespaces,
    references,
    enqueue,
    lookForKindsEveryMs: options.lookForKindsEveryMs ?? 60_000,
    signal: stop.signal,
  });
  const secrets = new SecretReader(client, caches.secrets, log);
  const connections = new Connections({
    userAgent: 'tributary-operator/0.1.0',
    budgetMs: options.workspaceBudgetMs ?? 20_000,
    subjectToken: subjectTokens(client, options.federationAudience),
  });
  const connect: Environment['connect'] = async (namespace: string, databricks: DatabricksSpec, signal) => {
    const { name } = databricks.connection.secretRef;
    const secret = await secrets.read(name, namespace, signal);
    if (secret === undefined)
      throw new ConnectionError(`Secret ${name}, which holds the connection, does not exist`);
    return connections.open(secret, databricks.connection.serviceAccountName);
  };
  const analyses = new Analyses({
    ...shared,
    notebooks: options.notebooks,
    connect: (feed, signal) => connect(feed.namespace, feed.databricks, signal),
    onNews: enqueue,
  });
  const anyKafka = new AnyKafka({
    ...shared,
    onNews: enqueue,
    ...(options.checkKafkaEveryMs === undefined ? {} : { checkEveryMs: options.checkKafkaEveryMs }),
  });
  const observer = new PodObserver({ ...shared, caches, onNews: enqueue });
  const events = new EventRecorder({
    client,
    controller: 'tributary.dev/operator',
    instance: options.instance,
    clock,
    log,
  });
  const reconciler = new Reconciler({
    client,
    caches,
    secrets,
    references,
    quotas,
    observer,
    analyses,
    anyKafka,
    events,
    connect,
    children: new Children(client, new Applier({ client, fieldManager: FIELD_MANAGER })),
    statusWriter: new StatusWriter({
      client,
      events,
      clock,
      wrote: (object) => caches.streamSources.wrote(object),
    }),
    images: options.images,
    operatorNamespace: options.operatorNamespace,
    federationAudience: options.federationAudience,
    kafkaAdmission: options.kafkaAdmission ?? {},
    logLevel: options.logLevel,
    deletionPatienceMs: options.deletionPatienceMs ?? 5 * 60_000,
    clock,
    log,
  });
  const workers = new Workers({
    ...shared,
    queue,
    reconcile: (key, signal) => reconciler.reconcile(key, signal),
    concurrency: options.concurrency ?? 8,
  });
  const started = Promise.withResolvers<void>();

  return {
    started: started.promise,
    enqueue,
    stuck: () => [
      ...workers.stuck(),
      ...[quotaReconciler, anyKafka, observer, analyses].flatMap((part) => part.stuck()),
    ],
    feeds: () => caches.streamSources.size,
    async run(signal) {
      const abort = (): void => stop.abort(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
      try {
        await caches.start(stop.signal);
        await secrets.prefetch(options.namespaces, OURS, stop.signal);
        const { namespaces, kafkaNamespaces } = options;
        const ours = new Set(caches.feeds().flatMap(usersOf));
        await secrets.prefetch(
          kafkaNamespaces.length === 0 ? namespaces : kafkaNamespaces,
          OF_KAFKA_USERS,
          stop.signal,
          (name) => ours.has(name),
        );
        started.resolve();
        await Promise.all(
          [caches, workers, quotaReconciler, anyKafka, observer, analyses].map((part) =>
            part.run(stop.signal),
          ),
        );
      } catch (error) {
        started.reject(error);
        if (!signal.aborted) throw error;
      } finally {
        stop.abort(new Error('the operator has stopped'));
        queue.close();
        signal.removeEventListener('abort', abort);
        await events.close();
        connections.close();
      }
    },
  };
}

/** The names of the feed's KafkaUsers, which their Secrets share. */
function usersOf({ metadata: { namespace = '', name, uid = '' } }: StreamSource): string[] {
  return COMPONENTS.map((component) => userName({ namespace, name, uid }, component));
}
