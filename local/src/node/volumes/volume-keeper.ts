/** Keeps a pod's volumes filled: waits for what they need, then follows every change of it and every expiry of a token. */
import { type Clock, type ConfigMap, type Secret, sleep } from '@tributary/operator/kube';
import { referencesOf } from '../spec/references.ts';
import type { ObjectSource } from '../spec/resolve-env.ts';
import type { Pod } from '../types.ts';
import type { Subscription, WatchedObjects } from '../watched-objects.ts';
import type { PodVolumes } from './pod-volumes.ts';

export interface VolumeKeeperOptions {
  watched: WatchedObjects;
  clock: Clock;
  /** The pod as it is now. */
  pod: () => Pod;
  failed: (message: string) => void;
  /** Ends all of it. */
  signal: AbortSignal;
}

const RETRY_MS = 1_000;
/** Once a pod runs, what cannot be refreshed is left as it is and tried again after this. */
const REFRESH_RETRY_MS = 30_000;

export class VolumeKeeper {
  readonly objects: ObjectSource;
  readonly #options: VolumeKeeperOptions;
  readonly #configMaps = new Map<string, Subscription<ConfigMap>>();
  readonly #secrets = new Map<string, Subscription<Secret>>();
  #volumes: PodVolumes | undefined;
  #filled = false;
  #refreshing: Promise<void> | undefined;
  #again = false;

  constructor(options: VolumeKeeperOptions) {
    const { watched, pod } = options;
    this.#options = options;
    const { namespace = '' } = pod().metadata;
    const { configMaps, secrets } = referencesOf(pod());
    const changed = () => this.refresh();
    for (const name of configMaps) this.#configMaps.set(name, watched.configMap(namespace, name, changed));
    for (const name of secrets) this.#secrets.set(name, watched.secret(namespace, name, changed));
    this.objects = {
      configMap: (name) => this.#configMaps.get(name)?.get(),
      secret: (name) => this.#secrets.get(name)?.get(),
    };
  }

  /** Resolves with true when everything is in place, with false when the signal ended the wait. */
  async prepare(volumes: PodVolumes): Promise<boolean> {
    const { clock, signal, pod, failed } = this.#options;
    this.#volumes = volumes;
    await Promise.race([Promise.all(this.#subscriptions().map(({ synced }) => synced)), aborted(signal)]);
    volumes.clear(pod());
    while (!signal.aborted) {
      try {
        this.#plan(await volumes.fill(pod(), signal));
        this.#filled = true;
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        failed(messageOf(error));
        await sleep(clock, RETRY_MS, signal).catch(() => undefined);
      }
    }
    return false;
  }

  /** Something that the volumes show may have changed. */
  refresh(): void {
    // Before that `prepare` does it.
    if (!this.#filled || this.#options.signal.aborted) return;
    if (this.#refreshing !== undefined) {
      this.#again = true;
      return;
    }
    this.#refreshing = this.#refill().finally(() => {
      this.#refreshing = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.refresh();
    });
  }

  /** Resolves when nothing writes to the volumes any more; the signal must be aborted by then. */
  async release(): Promise<void> {
    for (const subscription of this.#subscriptions()) subscription.release();
    await this.#refreshing;
  }

  async #refill(): Promise<void> {
    const { pod, signal, failed } = this.#options;
    try {
      this.#plan(await this.#volumes?.fill(pod(), signal));
    } catch (error) {
      if (signal.aborted) return;
      // A source that was deleted leaves what was mounted in place, as in the kubelet.
      failed(messageOf(error));
      this.#plan(REFRESH_RETRY_MS);
    }
  }

  #plan(ms: number | undefined): void {
    if (ms === undefined) return;
    sleep(this.#options.clock, ms, this.#options.signal).then(
      () => this.refresh(),
      () => undefined, // the pod has ended
    );
  }

  #subscriptions(): (Subscription<ConfigMap> | Subscription<Secret>)[] {
    return [...this.#configMaps.values(), ...this.#secrets.values()];
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
