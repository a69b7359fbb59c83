/**
 * The ConfigMaps and Secrets that pods of this node refer to, each watched by its name: all that the API server lets a
 * node see. Several pods share one watch.
 */
import {
  type ConfigMap,
  ConfigMapResource,
  joinKey,
  type KubeClient,
  type KubeLog,
  type KubeObject,
  Reflector,
  type ResourceType,
  type Secret,
  SecretResource,
} from '@tributary/operator/kube';

interface Watched<T extends KubeObject> {
  reflector: Reflector<T>;
  stop: AbortController;
  users: number;
}

export interface Subscription<T extends KubeObject> {
  /** Resolves when it is known whether the object exists. */
  synced: Promise<void>;
  get(): T | undefined;
  release(): void;
}

/** The API server learns with a short delay that a pod of this node needs an object, and says 403 until then. */
const EAGER_BACKOFF = { baseMs: 100, maxMs: 5_000, jitter: 0.5 };

export class WatchedObjects {
  readonly #client: KubeClient;
  readonly #log: KubeLog;
  readonly #configMaps = new Map<string, Watched<ConfigMap>>();
  readonly #secrets = new Map<string, Watched<Secret>>();
  readonly #runs = new Set<Promise<void>>();

  constructor(client: KubeClient, log: KubeLog) {
    this.#client = client;
    // Being refused for a moment is usual here; the pod's events tell where it lasts.
    this.#log = { ...log, warn: log.debug };
  }

  configMap(namespace: string, name: string, onChange: () => void): Subscription<ConfigMap> {
    return this.#subscribe(this.#configMaps, ConfigMapResource, namespace, name, onChange);
  }

  secret(namespace: string, name: string, onChange: () => void): Subscription<Secret> {
    return this.#subscribe(this.#secrets, SecretResource, namespace, name, onChange);
  }

  async close(): Promise<void> {
    for (const { stop } of [...this.#configMaps.values(), ...this.#secrets.values()]) stop.abort();
    await Promise.all(this.#runs);
  }

  #subscribe<T extends KubeObject>(
    watched: Map<string, Watched<T>>,
    type: ResourceType<T>,
    namespace: string,
    name: string,
    onChange: () => void,
  ): Subscription<T> {
    const key = joinKey(name, namespace);
    let entry = watched.get(key);
    if (entry === undefined) {
      entry = this.#watch(type, namespace, name);
      watched.set(key, entry);
    }
    const { reflector, stop } = entry;
    entry.users += 1;
    const unsubscribe = reflector.subscribe(onChange);
    let released = false;
    return {
      synced: reflector.synced,
      get: () => reflector.store.get(name, namespace),
      release: () => {
        if (released) return;
        released = true;
        unsubscribe();
        entry.users -= 1;
        if (entry.users > 0) return;
        watched.delete(key);
        stop.abort();
      },
    };
  }

  #watch<T extends KubeObject>(type: ResourceType<T>, namespace: string, name: string): Watched<T> {
    const reflector = new Reflector<T>({
      client: this.#client,
      type,
      selector: { namespace, fieldSelector: `metadata.name=${name}` },
      log: this.#log,
      backoff: EAGER_BACKOFF,
    });
    const stop = new AbortController();
    const run = reflector.run(stop.signal).finally(() => this.#runs.delete(run));
    this.#runs.add(run);
    return { reflector, stop, users: 0 };
  }
}
