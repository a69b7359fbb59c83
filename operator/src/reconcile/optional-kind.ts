import {
  isServed,
  sleep,
  type Clock,
  type KubeClient,
  type KubeLog,
  type ResourceType,
} from '../kube/index.ts';

export interface OptionalKindOptions {
  client: KubeClient;
  type: ResourceType;
  everyMs: number;
  /** The API server serves it from now on, until `signal` says that it does not any more. */
  onServed: (signal: AbortSignal) => void;
  onGone: () => void;
  clock: Clock;
  log: KubeLog;
}

/** Notices whether a kind of somebody else's operator is there, which may be installed or removed at any time. */
export class OptionalKind {
  readonly #options: OptionalKindOptions;
  #served: AbortController | undefined;

  constructor(options: OptionalKindOptions) {
    this.#options = options;
  }

  /** Asks once. What the API server does not answer is as it was. */
  async look(signal: AbortSignal): Promise<void> {
    const { client, type, onServed, onGone, log } = this.#options;
    try {
      const served = await isServed(client, type, signal);
      if (served === (this.#served !== undefined)) return;
      log.info({ kind: type.kind, served }, 'an optional kind has come or gone');
      if (served) {
        this.#served = new AbortController();
        onServed(AbortSignal.any([signal, this.#served.signal]));
      } else {
        this.#served?.abort(new Error(`${type.kind} is not served any more`));
        this.#served = undefined;
        onGone();
      }
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ err: error, kind: type.kind }, 'cannot tell whether an optional kind is served');
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, everyMs } = this.#options;
    while (!signal.aborted) {
      // Aborting ends the wait; the loop sees the signal.
      await sleep(clock, everyMs, signal).catch(() => undefined);
      if (!signal.aborted) await this.look(signal).catch(() => undefined);
    }
  }
}
