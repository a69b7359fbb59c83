import type { Limit } from '@tributary/api';
import type { KubeClient } from '../../kube/index.ts';
import { ApiQuotas, type ApiQuota } from '../../quota/index.ts';
import { feedSpec } from './world.ts';

/** What a free key of Alpha Vantage allows a day. */
const A_DAY: Limit[] = [{ requests: 25, per: '1d' }];

/** By the name of `free`. */
export function createQuota(client: KubeClient, namespace: string, limits = A_DAY): Promise<ApiQuota> {
  return client.create(ApiQuotas, {
    apiVersion: 'tributary.dev/v1alpha1',
    kind: 'APIQuota',
    metadata: { name: 'free', namespace },
    spec: { limits },
  });
}

/** Of a feed that shares it. */
export function quotaFeedSpec(overrides: object = {}): object {
  const spec = feedSpec(overrides) as { source: object };
  return { ...spec, source: { ...spec.source, quotaRef: { name: 'free' } } };
}
