import type { Clock, EventRecorder, KubeClient, KubeLog } from '../kube/index.ts';
import type { Quotas } from '../quota/index.ts';
import type { StatusWriter, StreamSource } from '../status/index.ts';
import type { Analyses } from '../databricks/index.ts';
import type { Databricks } from '@tributary/databricks';
import type { DatabricksSpec } from '@tributary/api';
import type { KafkaAdmission } from '../plan/index.ts';
import type { AnyKafka } from '../any-kafka/index.ts';
import type { Caches } from './caches.ts';
import type { Children } from './children.ts';
import type { PodObserver } from './pod-observer.ts';
import type { References } from './references.ts';
import type { SecretReader } from './secret-reader.ts';

export interface Images {
  producer: string;
  consumer: string;
}

/** What the steps of a reconcile work with. */
export interface Environment {
  client: KubeClient;
  caches: Caches;
  children: Children;
  secrets: SecretReader;
  references: References;
  quotas: Quotas<StreamSource>;
  observer: PodObserver;
  analyses: Analyses;
  anyKafka: AnyKafka;
  /** A client of the feed's workspace; a ConnectionError says what its Secret lacks. */
  connect: (
    namespace: string,
    databricks: DatabricksSpec,
    signal: AbortSignal,
  ) => Promise<{ client: Databricks; host: string }>;
  statusWriter: StatusWriter;
  events: EventRecorder;
  images: Images;
  operatorNamespace: string;
  /** Of namespaces to Kafkas, beside what those say. */
  kafkaAdmission: KafkaAdmission;
  /** Of the tokens that service accounts present to Databricks; undefined: none may. */
  federationAudience: string | undefined;
  /** Of the pods. */
  logLevel: string | undefined;
  /** After so long a deletion leaves what cannot be removed. */
  deletionPatienceMs: number;
  clock: Clock;
  log: KubeLog;
}
