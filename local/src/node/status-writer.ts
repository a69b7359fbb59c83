/** Writes one pod's status: only what changed, one write at a time, the newest state always last. */
import {
  type Clock,
  KubeApiError,
  type KubeClient,
  type KubeLog,
  type Pod,
  sleep,
} from '@tributary/operator/kube';
import type { PodStatus } from './types.ts';

const RETRY_MS = 1_000;

export class StatusWriter {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #log: KubeLog;
  readonly #pod: Pod;
  /** The node stops: what cannot be written now is not tried again. */
  readonly #halt: AbortSignal;
  #wanted: PodStatus | undefined;
  #written: string | undefined;
  #writing: Promise<void> | undefined;

  constructor(client: KubeClient, clock: Clock, log: KubeLog, pod: Pod, halt: AbortSignal) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
    this.#pod = pod;
    this.#halt = halt;
  }

  write(status: PodStatus): void {
    this.#wanted = status;
    this.#writing ??= this.#run().finally(() => (this.#writing = undefined));
  }

  /** Resolves when the newest status is with the API server, or cannot be. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #run(): Promise<void> {
    // Changes of one moment become one write.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#wanted !== undefined) {
      const status = this.#wanted;
      this.#wanted = undefined;
      const text = JSON.stringify(status);
      if (text === this.#written) continue;
      try {
        await this.#patch(status);
        this.#written = text;
      } catch (error) {
        // The pod is gone, or another one has its name: there is nobody to tell.
        if (error instanceof KubeApiError && (error.isNotFound || error.isConflict)) return;
        if (error instanceof KubeApiError && !error.isTransient) {
          this.#log.error({ err: error, pod: this.#pod.metadata.name }, 'a pod status was refused');
          return;
        }
        if (this.#halt.aborted) return;
        this.#wanted ??= status;
        this.#log.warn(
          { err: error, pod: this.#pod.metadata.name },
          'a pod status could not be written: trying again',
        );
        await sleep(this.#clock, RETRY_MS, this.#halt).catch(() => undefined);
      }
    }
  }

  /** Conditions of others stay, which a merge by type gives. */
  async #patch(status: PodStatus): Promise<void> {
    const { name, namespace = '', uid } = this.#pod.metadata;
    await this.#client.request(
      'PATCH',
      `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}/status`,
      { metadata: { uid }, status },
      { contentType: 'application/strategic-merge-patch+json' },
    );
  }
}
