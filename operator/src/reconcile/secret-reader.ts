import { compact, SecretResource, type KubeClient, type Secret } from '../kube/index.ts';
import type { Watch } from './watch.ts';

const MAX_REMEMBERED = 10_000;

/**
 * Secrets by name. Only their metadata is watched; the data of the few that feeds use is read once for each resource
 * version and kept while it is current.
 */
export class SecretReader {
  readonly #client: KubeClient;
  readonly #watch: Watch<Secret>;
  readonly #known = new Map<string, Secret>();

  constructor(client: KubeClient, watch: Watch<Secret>) {
    this.#client = client;
    this.#watch = watch;
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
