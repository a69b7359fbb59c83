/** When a container that ended is started again, as the kubelet does it. */

export interface RestartBackoffOptions {
  /** The wait before the second restart; the first comes at once. @default 10 s */
  baseMs?: number;
  /** @default 300 s */
  maxMs?: number;
  /** A container that ran for this long starts afresh. @default 600 s */
  resetAfterMs?: number;
}

/** One container's restarts: 0, 10, 20, 40 … 300 seconds. */
export class RestartBackoff {
  readonly #baseMs: number;
  readonly #maxMs: number;
  readonly #resetAfterMs: number;
  #restarts = 0;

  constructor(options: RestartBackoffOptions = {}) {
    this.#baseMs = options.baseMs ?? 10_000;
    this.#maxMs = options.maxMs ?? 300_000;
    this.#resetAfterMs = options.resetAfterMs ?? 600_000;
  }

  /** The wait after a run of `ranMs`. */
  next(ranMs: number): number {
    if (ranMs >= this.#resetAfterMs) this.#restarts = 0;
    const restarts = this.#restarts++;
    return restarts === 0 ? 0 : Math.min(this.#maxMs, this.#baseMs * 2 ** (restarts - 1));
  }
}

export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

export function shouldRestart(policy: RestartPolicy, exitCode: number): boolean {
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}
