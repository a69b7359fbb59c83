/**
 * Keeps a local copy of a collection: lists it, watches it from there with bookmarks, lists again when the server has
 * forgotten the resource version (410), and starts over with jittered back-off after anything else, until it is stopped.
 */
import { Backoff, type BackoffOptions, type Random } from './backoff.ts';
import { type Clock, sleep, systemClock } from './clock.ts';
import { KubeApiError } from './errors.ts';
import { type KubeLog, silentLog } from './log.ts';
import { type KubeMetrics, noMetrics } from './metrics.ts';
import { keyOf } from './paths.ts';
import { compact } from './compact.ts';
import { type IndexFunction, type ReadonlyStore, Store } from './store.ts';
import type { Turns } from './turns.ts';
import type { KubeClient, KubeObject, ListResult, ResourceType, Selector, WatchEvent } from './types.ts';

export type Change<T extends KubeObject> =
  | { type: 'added'; object: T; old: undefined }
  | { type: 'updated'; object: T; old: T }
  /** `object` is its last known state: a deletion between two lists shows no newer one. */
  | { type: 'deleted'; object: T; old: T };

export type ChangeHandler<T extends KubeObject> = (change: Change<T>) => void;

export interface ReflectorOptions<T extends KubeObject> {
  client: KubeClient;
  type: ResourceType<T>;
  selector?: Selector;
  /** Called in order for every change, after the store has it. What it throws is logged, and changes nothing. */
  handler?: ChangeHandler<T>;
  /** Found again by `store.byIndex`. */
  indexes?: Record<string, IndexFunction<T>>;
  /** What is kept of an object. @default all but managedFields, with repeated texts held once */
  transform?: (object: T) => T;
  /** Lists take one: a list as it comes takes several times the memory of what is kept. @default at once */
  turns?: Turns;
  clock?: Clock;
  random?: Random;
  log?: KubeLog;
  metrics?: KubeMetrics;
  /** After failures. @default 0.8 s doubling to 30 s, half of it random */
  backoff?: BackoffOptions;
  /** The server ends each watch after this to twice this. @default 300 s */
  minWatchSeconds?: number;
}

const DEFAULT_BACKOFF: BackoffOptions = { baseMs: 800, maxMs: 30_000, jitter: 0.5 };

export class Reflector<T extends KubeObject> {
  /** Resolves when the first list is in the store and its handlers have run; never before `run`. */
  readonly synced: Promise<void>;
  readonly #options: ReflectorOptions<T>;
  readonly #name: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: KubeLog;
  readonly #metrics: KubeMetrics;
  readonly #store: Store<T>;
  readonly #handlers = new Set<ChangeHandler<T>>();
  readonly #backoff: Backoff;
  readonly #transform: (object: T) => T;
  #resolveSynced: () => void = () => undefined;
  #hasSynced = false;
  #resourceVersion = '';
  #heardAt: number | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#name = options.type.plural;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#log = options.log ?? silentLog;
    this.#metrics = options.metrics ?? noMetrics;
    this.#store = new Store<T>(options.indexes);
    this.#backoff = new Backoff(options.backoff ?? DEFAULT_BACKOFF, this.#random);
    this.#transform = options.transform ?? compact;
    if (options.handler !== undefined) this.#handlers.add(options.handler);
    this.synced = new Promise((resolve) => (this.#resolveSynced = resolve));
  }

  get store(): ReadonlyStore<T> {
    return this.#store;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** The store has everything up to it; empty while a list is due. */
  get resourceVersion(): string {
    return this.#resourceVersion;
  }

  /** Monotonic time at which the server last said anything; undefined before the first list. */
  get heardAt(): number | undefined {
    return this.#heardAt;
  }

  /** Adds a handler; it is told of everything in the store as `added` first. Returns how to remove it. */
  subscribe(handler: ChangeHandler<T>): () => void {
    for (const object of this.#store.list()) this.#call(handler, { type: 'added', object, old: undefined });
    this.#handlers.add(handler);
    return () => this.#handlers.delete(handler);
  }

  /** Runs until `signal` is aborted, then resolves. Never rejects: what fails is logged and tried again. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === '') await this.#listInTurn(signal);
        await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, signal);
      }
    }
  }

  #listInTurn(signal: AbortSignal): Promise<void> {
    const { turns } = this.#options;
    return turns === undefined ? this.#list(signal) : turns.take(() => this.#list(signal), signal);
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { client, type, selector } = this.#options;
    this.#metrics.reflected(this.#name, 'list');
    const keep = (object: T): T => this.#sameAsKnown(object) ?? this.#transform(object);
    const list = await client.list(type, { ...selector, keep }, signal);
    // A stop during the list must not tell handlers anything more.
    signal.throwIfAborted();
    this.#heardAt = this.#clock.monotonic();
    this.#replace(list);
    this.#resourceVersion = list.resourceVersion;
    if (!this.#hasSynced) {
      this.#hasSynced = true;
      this.#resolveSynced();
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { client, type, selector, minWatchSeconds = 300 } = this.#options;
    const startedAt = this.#clock.monotonic();
    const timeoutSeconds = Math.ceil(minWatchSeconds * (1 + this.#random()));
    this.#metrics.reflected(this.#name, 'watch');
    const events = client.watch(
      type,
      { ...selector, resourceVersion: this.#resourceVersion, timeoutSeconds },
      signal,
    );
    let heard = false;
    for await (const event of events) {
      if (signal.aborted) return;
      heard = true;
      this.#heardAt = this.#clock.monotonic();
      this.#backoff.reset();
      this.#take(event);
    }
    // A server that ends every watch at once, without a word, would be asked in a tight loop.
    if (!heard && this.#clock.monotonic() - startedAt < 1_000 && !signal.aborted) {
      throw new KubeApiError({
        code: 0,
        reason: 'ConnectionFailed',
        message: `WATCH ${this.#name}: ended at once`,
      });
    }
  }

  #take(event: WatchEvent<T>): void {
    const { resourceVersion } = event.object.metadata;
    if (event.type === 'DELETED') this.#remove(keyOf(event.object), this.#transform(event.object));
    else if (event.type !== 'BOOKMARK') this.#put(this.#transform(event.object));
    if (resourceVersion !== undefined && resourceVersion !== '') this.#resourceVersion = resourceVersion;
  }

  #replace(list: ListResult<T>): void {
    const gone = new Set(this.#store.keys());
    for (const item of list.items) {
      gone.delete(keyOf(item));
      this.#put(item);
    }
    for (const key of gone) this.#remove(key);
  }

  #put(object: T): void {
    if (this.#sameAsKnown(object) !== undefined) return;
    const known = this.#store.getByKey(keyOf(object));
    // Deleted and made again while nobody watched: two objects, so two changes.
    if (known !== undefined && known.metadata.uid !== object.metadata.uid) this.#remove(keyOf(known));
    const old = this.#store.set(object);
    this.#tell(
      old === undefined ? { type: 'added', object, old: undefined } : { type: 'updated', object, old },
    );
  }

  /** What the store has of it, if that is the very same. */
  #sameAsKnown({ metadata }: T): T | undefined {
    const known = this.#store.get(metadata.name, metadata.namespace);
    return known !== undefined &&
      known.metadata.uid === metadata.uid &&
      known.metadata.resourceVersion !== undefined &&
      known.metadata.resourceVersion === metadata.resourceVersion
      ? known
      : undefined;
  }

  #remove(key: string, last?: T): void {
    const old = this.#store.delete(key);
    if (old !== undefined) this.#tell({ type: 'deleted', object: last ?? old, old });
  }

  #tell(change: Change<T>): void {
    for (const handler of this.#handlers) this.#call(handler, change);
  }

  #call(handler: ChangeHandler<T>, change: Change<T>): void {
    try {
      handler(change);
    } catch (error) {
      this.#log.error(
        { err: error, resource: this.#name, key: keyOf(change.object), change: change.type },
        'a change handler threw',
      );
    }
  }

  async #recover(failure: unknown, signal: AbortSignal): Promise<void> {
    if (failure instanceof KubeApiError && failure.isGone) {
      this.#log.info({ resource: this.#name }, 'the resource version expired: listing again');
      this.#resourceVersion = '';
      // The first one is normal after a quiet hour; a server that forgets at once gets the back-off.
      if (this.#backoff.failures === 0) {
        this.#backoff.next();
        return;
      }
    }
    const waitMs = this.#backoff.next();
    this.#log.warn({ err: failure, resource: this.#name, waitMs }, 'list or watch failed');
    // Aborting ends the wait; run() sees the signal.
    await sleep(this.#clock, waitMs, signal).catch(() => undefined);
  }
}
