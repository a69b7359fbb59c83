/** Watches one kind in one namespace and reconciles what changes, and everything again now and then. */
import {
  type Change,
  type Clock,
  type KubeClient,
  type KubeLog,
  type KubeObject,
  keyOf,
  type ReadonlyStore,
  type Reconcile,
  Reflector,
  type ResourceType,
  type Selector,
  sleep,
  Workers,
  WorkQueue,
} from '@tributary/operator/kube';

export interface ControllerOptions<T extends KubeObject> {
  client: KubeClient;
  type: ResourceType<T>;
  selector: Selector;
  clock: Clock;
  log: KubeLog;
  reconcile: Reconcile;
  /** @default nothing more than reconciling its key */
  onChange?: (change: Change<T>) => void;
  /** How soon what was changed behind our back is put right. */
  resyncMs: number;
}

export class Controller<T extends KubeObject> {
  readonly #options: ControllerOptions<T>;
  readonly #queue: WorkQueue;
  readonly #reflector: Reflector<T>;

  constructor(options: ControllerOptions<T>) {
    const { client, type, selector, clock, log } = options;
    this.#options = options;
    // A broker that is away is asked again soon, and not too often.
    this.#queue = new WorkQueue({
      name: type.plural,
      clock,
      backoff: { baseMs: 100, maxMs: 10_000, jitter: 0.2 },
    });
    this.#reflector = new Reflector<T>({
      client,
      type,
      selector,
      clock,
      log,
      handler: (change) => {
        options.onChange?.(change);
        this.#queue.add(keyOf(change.object));
      },
    });
  }

  get store(): ReadonlyStore<T> {
    return this.#reflector.store;
  }

  get synced(): Promise<void> {
    return this.#reflector.synced;
  }

  add(key: string): void {
    this.#queue.add(key);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, reconcile } = this.#options;
    const stop = () => this.#queue.close();
    signal.addEventListener('abort', stop, { once: true });
    const workers = new Workers({
      queue: this.#queue,
      reconcile,
      clock,
      log,
      concurrency: 4,
      drainMs: 5_000,
    });
    const reflecting = this.#reflector.run(signal);
    // Not before all of them are known: two resources may speak of the same topic.
    await Promise.race([this.#reflector.synced, reflecting]);
    await Promise.all([reflecting, workers.run(signal), this.#resync(signal)]);
  }

  async #resync(signal: AbortSignal): Promise<void> {
    const { clock, resyncMs } = this.#options;
    while (!signal.aborted) {
      await sleep(clock, resyncMs, signal).catch(() => undefined);
      if (!signal.aborted) for (const key of this.store.keys()) this.#queue.add(key);
    }
  }
}
