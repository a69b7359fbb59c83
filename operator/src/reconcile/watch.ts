import {
  compact,
  joinKey,
  keyOf,
  Reflector,
  sleep,
  type Change,
  type Clock,
  type KubeClient,
  type KubeLog,
  type KubeMetrics,
  type KubeObject,
  type IndexFunction,
  type ResourceType,
  type Turns,
} from '../kube/index.ts';

export interface WatchOptions<T extends KubeObject> {
  client: KubeClient;
  type: ResourceType<T>;
  labelSelector?: string;
  metadataOnly?: boolean;
  /** One watch over all namespaces, else one for each namespace that is asked for. */
  allNamespaces: boolean;
  indexes?: Record<string, IndexFunction<T>>;
  /** Of changes by others: what `wrote` was told of does not come again. `first`: it was there when watching began. */
  onChange?: (change: Change<T>, first: boolean) => void;
  /** For lists. */
  turns: Turns;
  /** Ends all watching. */
  signal: AbortSignal;
  clock: Clock;
  log: KubeLog;
  metrics: KubeMetrics;
}

const EVERYWHERE = '*';

/**
 * Objects of one kind as last seen, in the namespaces that were asked for. What this process wrote itself counts as seen
 * until the watch has got as far, so that nothing is written twice while the watch lags.
 */
export class Watch<T extends KubeObject> {
  readonly #options: WatchOptions<T>;
  readonly #reflectors = new Map<string, Reflector<T>>();
  readonly #written = new Map<string, T>();

  constructor(options: WatchOptions<T>) {
    this.#options = options;
  }

  get type(): ResourceType<T> {
    return this.#options.type;
  }

  /** Whether the namespace's objects are known, waiting for them at most `withinMs`. */
  async synced(namespace: string, withinMs: number): Promise<boolean> {
    const reflector = this.#reflector(namespace);
    if (reflector.hasSynced) return true;
    const { clock, signal } = this.#options;
    const done = new AbortController();
    const late = sleep(clock, withinMs, AbortSignal.any([signal, done.signal])).catch(() => undefined);
    await Promise.race([reflector.synced, late]);
    done.abort();
    return reflector.hasSynced;
  }

  get(name: string, namespace: string): T | undefined {
    const { store, resourceVersion } = this.#reflector(namespace);
    const key = joinKey(name, namespace);
    const written = this.#written.get(key);
    if (written !== undefined && isAhead(written, resourceVersion)) return written;
    // No event comes for what was deleted before the answer arrived, or while nobody watched.
    this.#written.delete(key);
    return store.get(name, namespace);
  }

  get size(): number {
    let size = 0;
    for (const { store } of this.#reflectors.values()) size += store.size;
    return size;
  }

  /** With an empty namespace those of all, where all are watched. */
  list(namespace: string): T[] {
    return this.#reflector(namespace).store.list(namespace === '' ? undefined : namespace);
  }

  byIndex(namespace: string, index: string, value: string): T[] {
    return this.#reflector(namespace).store.byIndex(index, value);
  }

  /** `answer` is what the API server answered to a write of ours. */
  wrote(answer: T): void {
    const object = compact(this.#options.metadataOnly === true ? metadataOf(answer) : answer);
    // The watch may have been faster than the answer.
    if (isAhead(object, this.#reflector(object.metadata.namespace ?? '').resourceVersion))
      this.#written.set(keyOf(object), object);
  }

  #reflector(namespace: string): Reflector<T> {
    const {
      client,
      type,
      labelSelector,
      metadataOnly,
      allNamespaces,
      indexes,
      turns,
      signal,
      clock,
      log,
      metrics,
    } = this.#options;
    const scope = allNamespaces ? EVERYWHERE : namespace;
    const known = this.#reflectors.get(scope);
    if (known !== undefined) return known;
    const reflector: Reflector<T> = new Reflector<T>({
      client,
      type,
      selector: {
        ...(allNamespaces ? {} : { namespace }),
        ...(labelSelector === undefined ? {} : { labelSelector }),
        ...(metadataOnly === undefined ? {} : { metadataOnly }),
      },
      ...(indexes === undefined ? {} : { indexes }),
      turns,
      // What comes back to us is kept as it is already.
      transform: (object) => {
        const written = this.#written.get(keyOf(object));
        return written !== undefined && isSameVersion(written, object) ? written : compact(object);
      },
      handler: (change) => {
        const key = keyOf(change.object);
        const written = this.#written.get(key);
        if (written !== undefined && !isAhead(written, change.object.metadata.resourceVersion))
          this.#written.delete(key);
        if (!isEcho(change, written)) this.#options.onChange?.(change, !reflector.hasSynced);
      },
      clock,
      log,
      metrics,
    });
    this.#reflectors.set(scope, reflector);
    void reflector.run(signal);
    return reflector;
  }
}

/** What this process wrote comes back to it: whoever wrote it has seen the answer already. */
function isEcho<T extends KubeObject>(change: Change<T>, written: T | undefined): boolean {
  return change.type !== 'deleted' && written !== undefined && isSameVersion(written, change.object);
}

function isSameVersion(a: KubeObject, b: KubeObject): boolean {
  return a.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion;
}

/** As a watch of metadata has it. */
function metadataOf<T extends KubeObject>({ apiVersion, kind, metadata }: T): T {
  // Whoever watches metadata only reads nothing else.
  return { apiVersion, kind, metadata } as T;
}

/**
 * Whether an object is newer than a resource version; before the first list, and before one that is due, each is. Resource
 * versions of one resource are numbers that grow (an API guarantee since 1.35, and etcd's way ever since).
 */
function isAhead({ metadata }: KubeObject, resourceVersion = ''): boolean {
  if (resourceVersion === '') return true;
  const { resourceVersion: own = '' } = metadata;
  return /^\d+$/.test(own) && /^\d+$/.test(resourceVersion) && BigInt(own) > BigInt(resourceVersion);
}
