/** Tokens of a pod's service account, bound to the pod, renewed before they expire. */
import { type Clock, type KubeClient, type Pod, requestServiceAccountToken } from '@tributary/operator/kube';
import { specOf, uidOf } from '../types.ts';
import { type TokenSpec, tokenKey } from './payload.ts';

/** As the kubelet: after 80 % of the time that a token is good for. */
const RENEW_AFTER = 0.8;

export class ServiceAccountTokens {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #pod: Pod;
  readonly #tokens = new Map<string, { token: string; renewAt: number }>();

  constructor(client: KubeClient, clock: Clock, pod: Pod) {
    this.#client = client;
    this.#clock = clock;
    this.#pod = pod;
  }

  get values(): ReadonlyMap<string, string> {
    return new Map([...this.#tokens].map(([key, { token }]) => [key, token]));
  }

  /** Asks for what is missing or due. Returns in how many milliseconds the next is due; undefined without tokens. */
  async renew(specs: readonly TokenSpec[], signal: AbortSignal): Promise<number | undefined> {
    const now = this.#clock.now();
    for (const spec of specs) {
      const known = this.#tokens.get(tokenKey(spec));
      if (known === undefined || known.renewAt <= now)
        this.#tokens.set(tokenKey(spec), await this.#ask(spec, signal));
    }
    if (this.#tokens.size === 0) return undefined;
    const next = Math.min(...[...this.#tokens.values()].map(({ renewAt }) => renewAt));
    return Math.max(1_000, next - this.#clock.now());
  }

  async #ask(
    { audience, expirationSeconds }: TokenSpec,
    signal: AbortSignal,
  ): Promise<{ token: string; renewAt: number }> {
    const { name, namespace = '' } = this.#pod.metadata;
    const { token, expiresAt } = await requestServiceAccountToken(
      this.#client,
      {
        namespace,
        serviceAccount: specOf(this.#pod).serviceAccountName ?? 'default',
        audiences: audience === undefined || audience === '' ? [] : [audience],
        expirationSeconds,
        boundTo: { kind: 'Pod', apiVersion: 'v1', name, uid: uidOf(this.#pod) },
      },
      signal,
    );
    const now = this.#clock.now();
    return { token, renewAt: now + (expiresAt - now) * RENEW_AFTER };
  }
}
