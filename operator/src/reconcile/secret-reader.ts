import { compact, SecretResource, type KubeClient, type KubeLog, type Secret } from '../kube/index.ts';
import type { Watch } from './watch.ts';

const MAX_REMEMBERED = 10_000;

/**
 * Secrets by name. Only their metadata is watched; the data of the few that feeds use is read once for each resource
 * version and kept while it is current.
 */
export class SecretReader {
  readonly #client: KubeClient;
  readonly #watch: Watch<Secret>;
  readonly #log: KubeLog;
  readonly #known = new Map<string, Secret>();

  constructor(client: KubeClient, watch: Watch<Secret>, log: KubeLog) {
    this.#client = client;
    this.#watch = watch;
    this.#log = log;
  }

  /**
   * Reads what a restart would else read one by one. A Secret that changes meanwhile is read again when it is asked for, and
   * so is what could not be listed. Only what is `wanted` is kept.
   */
  async prefetch(
    namespaces: readonly string[],
    labelSelector: string,
    signal: AbortSignal,
    wanted: (name: string) => boolean = () => true,
  ): Promise<void> {
    const scopes = namespaces.length === 0 ? [{}] : namespaces.map((namespace) => ({ namespace }));
    for (const scope of scopes) {
      try {
        const selector = { ...scope, labelSelector, keep: compact<Secret> };
        const { items } = await this.#client.list(SecretResource, selector, signal);
        for (const secret of items)
          if (wanted(secret.metadata.name))
            this.#remember(`${secret.metadata.namespace}/${secret.metadata.name}`, secret);
      } catch (error) {
        signal.throwIfAborted();
        this.#log.debug({ err: error, labelSelector, ...scope }, 'Secrets cannot be read beforehand');
      }
    }
  }

  /** The Secret with its data; undefined when there is none. */
  async read(name: string, namespace: string, signal: AbortSignal): Promise<Secret | undefined> {
    const key = `${namespace}/${name}`;
    const seen = this.#watch.get(name, namespace);
    const known = this.#known.get(key);
    if (seen === undefined) {
      this.#known.delete(key);
      return undefined;
    }
    if (known?.metadata.resourceVersion === seen.metadata.resourceVersion) return known;
    const secret = await this.#client.get(SecretResource, name, namespace, signal);
    if (secret === undefined) this.#known.delete(key);
    else this.#remember(key, secret);
    return secret;
  }

  /** What the API server answered to a write of ours. */
  wrote(secret: Secret): void {
    this.#watch.wrote(secret);
    this.#remember(`${secret.metadata.namespace}/${secret.metadata.name}`, secret);
  }

  #remember(key: string, secret: Secret): void {
    this.#known.delete(key);
    this.#known.set(key, compact(secret));
    const oldest = this.#known.keys().next();
    if (this.#known.size > MAX_REMEMBERED && oldest.done !== true) this.#known.delete(oldest.value);
  }
}
