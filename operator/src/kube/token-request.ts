import type { KubeClient, KubeObject } from './types.ts';
import { retype, ServiceAccountResource } from './resources.ts';

/** What the TokenRequest API is asked for. */
export interface TokenAsked {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Empty: those of the API server itself. */
  readonly audiences: string[];
  /** ≥ 600. */
  readonly expirationSeconds: number;
  /** The token is void once this object is gone. */
  readonly boundTo?: { kind: string; apiVersion: string; name: string; uid: string };
}

export interface ServiceAccountToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

interface TokenRequest extends KubeObject {
  spec: {
    audiences: string[];
    expirationSeconds: number;
    boundObjectRef?: { kind: string; apiVersion: string; name: string; uid: string };
  };
  status?: { token: string; expirationTimestamp: string };
}

/** A JWT that says who it is of, signed by the cluster. */
export async function requestServiceAccountToken(
  client: KubeClient,
  { namespace, serviceAccount, audiences, expirationSeconds, boundTo }: TokenAsked,
  signal?: AbortSignal,
): Promise<ServiceAccountToken> {
  const { status } = await client.create<TokenRequest>(
    retype<TokenRequest>(ServiceAccountResource),
    {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: { name: serviceAccount, namespace },
      spec: { audiences, expirationSeconds, ...(boundTo === undefined ? {} : { boundObjectRef: boundTo }) },
    },
    { subresource: 'token', name: serviceAccount, ...(signal === undefined ? {} : { signal }) },
  );
  if (status === undefined)
    throw new Error(`ServiceAccount ${serviceAccount}: the answer of the API server holds no token`);
  return { token: status.token, expiresAt: Date.parse(status.expirationTimestamp) };
}
