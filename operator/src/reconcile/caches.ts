import {
  ConfigMapResource,
  DeploymentResource,
  NetworkPolicyResource,
  PersistentVolumeClaimResource,
  PodResource,
  SecretResource,
  splitKey,
  Turns,
  type Priority,
  type Clock,
  type ConfigMap,
  type Deployment,
  type KubeClient,
  type KubeLog,
  type KubeMetrics,
  type KubeObject,
  type NetworkPolicy,
  type PersistentVolumeClaim,
  type Pod,
  type ResourceType,
  type Secret,
} from '../kube/index.ts';
import {
  FEED_LABEL,
  Kafkas,
  KafkaTopics,
  KafkaUsers,
  MANAGED_BY,
  MANAGER,
  PodMonitors,
  TRACKING,
  type Kafka,
  type KafkaTopic,
  type KafkaUser,
  type PodMonitor,
} from '../plan/index.ts';
import { ApiQuotas, quotaOf, type ApiQuota } from '../quota/index.ts';
import { podTrouble, StreamSources, type StreamSource } from '../status/index.ts';
import { referenceTo, type ReferredKind, type References } from './references.ts';
import { StallError, WaitError } from './errors.ts';
import { OptionalKind } from './optional-kind.ts';
import { Watch, type WatchOptions } from './watch.ts';

export interface CachesOptions {
  client: KubeClient;
  /** Of feeds; empty: all. */
  namespaces: readonly string[];
  /** Where Strimzi runs Kafka; empty: as `namespaces`. */
  kafkaNamespaces: readonly string[];
  references: References;
  /** A feed's key, `ns/name`, when anything that concerns it has changed. */
  enqueue: (key: string, priority?: Priority) => void;
  /** A feed as it was and as it is; either may be missing. */
  onFeed: (old: StreamSource | undefined, next: StreamSource | undefined) => void;
  /** A quota's key when it has changed. */
  onQuota: (key: string) => void;
  /** How often kinds of other operators are looked for. */
  lookForKindsEveryMs: number;
  signal: AbortSignal;
  clock: Clock;
  log: KubeLog;
  metrics: KubeMetrics;
}

/** Beside the label selector: all that the operator makes carries it. */
export const OURS = `${MANAGED_BY}=${MANAGER}`;
/** By `ns/feed`. */
export const PODS_OF_FEED = 'feed';
/** By `ns/quota`. */
export const FEEDS_OF_QUOTA = 'quota';
const SYNC_WITHIN_MS = 10_000;
/** A list that takes longer no longer keeps the others waiting; the deadline of each of its requests is longer. */
const LIST_TURN_MS = 10_000;

/** Everything that is watched, and which feed each change concerns. */
export class Caches {
  readonly streamSources: Watch<StreamSource>;
  readonly quotas: Watch<ApiQuota>;
  readonly deployments: Watch<Deployment>;
  readonly configMaps: Watch<ConfigMap>;
  readonly networkPolicies: Watch<NetworkPolicy>;
  readonly claims: Watch<PersistentVolumeClaim>;
  /** Metadata only. */
  readonly secrets: Watch<Secret>;
  readonly pods: Watch<Pod>;
  readonly kafkas: Watch<Kafka>;
  readonly topics: Watch<KafkaTopic>;
  readonly users: Watch<KafkaUser>;
  readonly #namespaces: readonly string[];
  readonly #kafkaNamespaces: readonly string[];
  readonly #podMonitorKind: OptionalKind;
  #podMonitors: Watch<PodMonitor> | undefined;
  /** By namespace: the plural of the Kafka resources that were last waited for in vain. */
  readonly #unreadable = new Map<string, string>();
  #started = false;

  constructor({
    namespaces,
    kafkaNamespaces,
    references,
    enqueue,
    onFeed,
    onQuota,
    ...shared
  }: CachesOptions) {
    this.#namespaces = namespaces;
    this.#kafkaNamespaces = kafkaNamespaces.length === 0 ? namespaces : kafkaNamespaces;
    const turns = new Turns(LIST_TURN_MS, shared.clock);
    const base = { ...shared, turns, allNamespaces: namespaces.length === 0 };
    const watched = new Set(namespaces);
    // Topics beside ours may be of feeds that another operator looks after.
    const enqueueAll = (keys: Iterable<string>, priority?: Priority): void => {
      for (const key of keys)
        if (watched.size === 0 || watched.has(splitKey(key).namespace ?? '')) enqueue(key, priority);
    };
    const watch = <T extends KubeObject>(
      type: ResourceType<T>,
      keysOf: (object: T) => string[],
      more: Partial<WatchOptions<T>> = {},
    ): Watch<T> =>
      new Watch<T>({
        ...base,
        type,
        onChange: ({ object }, first) => enqueueAll(keysOf(object), first ? 'later' : 'normal'),
        ...more,
      });
    const referring = (kind: ReferredKind) => (object: KubeObject) =>
      references.feedsOf(referenceTo(kind, object.metadata.namespace ?? '', object.metadata.name));

    this.streamSources = watch(StreamSources, ({ metadata }) => [`${metadata.namespace}/${metadata.name}`], {
      indexes: { [FEEDS_OF_QUOTA]: (feed) => [quotaOf(feed)].flatMap((key) => key ?? []) },
      onChange: (change) => {
        onFeed(change.old, change.type === 'deleted' ? undefined : change.object);
        // Our own status writes come back too; they ask for nothing.
        if (change.type === 'updated' && onlyStatusChanged(change.old, change.object)) return;
        // One that is new, or that a restart finds: what is under way goes first.
        const priority = change.type === 'added' ? 'later' : 'normal';
        enqueue(`${change.object.metadata.namespace}/${change.object.metadata.name}`, priority);
      },
    });
    this.quotas = watch(ApiQuotas, referring('APIQuota'), {
      onChange: ({ type, old, object }) => {
        if (type === 'updated' && old.metadata.generation === object.metadata.generation) return;
        onQuota(`${object.metadata.namespace}/${object.metadata.name}`);
        enqueueAll(referring('APIQuota')(object));
      },
    });
    this.deployments = watch(DeploymentResource, beside, { labelSelector: OURS });
    this.configMaps = watch(ConfigMapResource, beside, { labelSelector: OURS });
    this.networkPolicies = watch(NetworkPolicyResource, beside, { labelSelector: OURS });
    this.claims = watch(PersistentVolumeClaimResource, beside, { labelSelector: OURS });
    this.secrets = watch(SecretResource, (object) => [...beside(object), ...referring('Secret')(object)], {
      metadataOnly: true,
    });
    this.pods = watch(PodResource, beside, {
      labelSelector: OURS,
      indexes: { [PODS_OF_FEED]: beside },
      onChange: ({ old, object }) => {
        if (podTrouble(old) !== podTrouble(object)) enqueueAll(beside(object));
      },
    });
    this.#podMonitorKind = new OptionalKind({
      ...shared,
      type: PodMonitors,
      everyMs: shared.lookForKindsEveryMs,
      onServed: (signal) => {
        this.#podMonitors = watch(PodMonitors, beside, { labelSelector: OURS, signal });
        // At the start they come by themselves.
        if (!this.#started) return;
        for (const { metadata } of this.feeds()) enqueue(`${metadata.namespace}/${metadata.name}`);
      },
      onGone: () => {
        this.#podMonitors = undefined;
      },
    });
    const ofKafka = { allNamespaces: this.#kafkaNamespaces.length === 0 };
    this.kafkas = watch(Kafkas, referring('Kafka'), ofKafka);
    this.topics = watch(KafkaTopics, tracked, { ...ofKafka, labelSelector: OURS });
    this.users = watch(KafkaUsers, tracked, { ...ofKafka, labelSelector: OURS });
  }

  /** Undefined where the Prometheus operator is not installed. */
  get podMonitors(): Watch<PodMonitor> | undefined {
    return this.#podMonitors;
  }

  /** Notices kinds that come and go. */
  run(signal: AbortSignal): Promise<void> {
    return this.#podMonitorKind.run(signal);
  }

  /** Resolves when everything beside StreamSources is known, so that the first reconcile takes nothing for missing. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#podMonitorKind.look(signal);
    const namespaces = this.#namespaces.length === 0 ? [''] : this.#namespaces;
    const beforeFeeds = [
      this.deployments,
      this.configMaps,
      this.networkPolicies,
      this.claims,
      this.secrets,
      this.pods,
      this.quotas,
      ...(this.#podMonitors === undefined ? [] : [this.#podMonitors]),
    ];
    for (const watches of [beforeFeeds, [this.streamSources]]) {
      for (const namespace of namespaces) {
        for (const each of watches) {
          while (!(await each.synced(namespace, SYNC_WITHIN_MS))) signal.throwIfAborted();
        }
      }
    }
    this.#started = true;
  }

  /** Those that are known. */
  feeds(): StreamSource[] {
    const namespaces = this.#namespaces.length === 0 ? [''] : this.#namespaces;
    return namespaces.flatMap((namespace) => this.streamSources.list(namespace));
  }

  /** Where Kafka may be; one that is empty stands for all. */
  get kafkaNamespaces(): readonly string[] {
    return this.#kafkaNamespaces.length === 0 ? [''] : this.#kafkaNamespaces;
  }

  /** Makes sure that the Kafka resources of a namespace are watched; a WaitError while they cannot be read. */
  async requireKafka(namespace: string): Promise<void> {
    if (this.#kafkaNamespaces.length > 0 && !this.#kafkaNamespaces.includes(namespace))
      throw new StallError(
        'KafkaNamespaceNotWatched',
        `The operator does not look at Kafka in namespace ${namespace}: add it to kafkaNamespaces of its chart`,
      );
    const missing = await this.#firstNotSynced(namespace);
    if (missing === undefined) {
      this.#unreadable.delete(namespace);
      return;
    }
    this.#unreadable.set(namespace, missing);
    throw new WaitError(
      'KafkaNotReadable',
      `The Kafka resources in namespace ${namespace} cannot be read: is Strimzi installed, and may the operator read there?`,
    );
  }

  /** One after the other: a list takes the most memory while it comes. */
  async #firstNotSynced(namespace: string): Promise<string | undefined> {
    for (const watch of [this.kafkas, this.topics, this.users, this.secrets]) {
      const { plural } = watch.type;
      // In vain once is enough: each feed would hold a worker up for as long. What comes after it was not asked yet.
      const withinMs = this.#unreadable.get(namespace) === plural ? 0 : SYNC_WITHIN_MS;
      if (!(await watch.synced(namespace, withinMs))) return plural;
    }
    return undefined;
  }
}

/** The feed of an object beside it, by label. */
function beside({ metadata }: KubeObject): string[] {
  const feed = metadata.labels?.[FEED_LABEL];
  return feed === undefined || metadata.labels?.[MANAGED_BY] !== MANAGER
    ? []
    : [`${metadata.namespace}/${feed}`];
}

/** The feed of an object in Strimzi's namespace, by label. */
function tracked({ metadata }: KubeObject): string[] {
  const namespace = metadata.labels?.[TRACKING.namespace];
  const name = metadata.labels?.[TRACKING.name];
  return namespace === undefined || name === undefined ? [] : [`${namespace}/${name}`];
}

function onlyStatusChanged(old: StreamSource, next: StreamSource): boolean {
  return (
    old.metadata.uid === next.metadata.uid &&
    old.metadata.generation === next.metadata.generation &&
    old.metadata.deletionTimestamp === next.metadata.deletionTimestamp &&
    JSON.stringify(old.metadata.annotations) === JSON.stringify(next.metadata.annotations) &&
    JSON.stringify(old.metadata.finalizers) === JSON.stringify(next.metadata.finalizers)
  );
}
