import { parseApiQuota, parseStreamSource, type Schedule } from '@tributary/api';
import { kubectlJson, type ClusterFlags } from '../status/kubectl.ts';
import type { QuotaPart } from './validate-file.ts';

/** A feed of the cluster. */
export interface StandingFeed {
  readonly name: string;
  readonly namespace: string;
  /** As the API server tells it. */
  readonly createdAt: string;
  readonly quota: string | undefined;
  readonly schedule: Schedule;
}

/** What the cluster holds already. */
export interface Standing {
  readonly quotas: readonly QuotaPart[];
  readonly feeds: readonly StandingFeed[];
}

export const NOTHING_STANDS: Standing = { quotas: [], feeds: [] };

/** Of these namespaces; an empty one is that of kubectl's context. What the operator could not read either is left out. */
export async function readStanding(
  namespaces: Iterable<string>,
  flags: ClusterFlags,
  signal: AbortSignal,
): Promise<Standing> {
  const quotas: QuotaPart[] = [];
  const feeds: StandingFeed[] = [];
  for (const namespace of new Set(namespaces)) {
    const where = namespace === '' ? [] : ['--namespace', namespace];
    const kinds = 'streamsources.tributary.dev,apiquotas.tributary.dev';
    const { items = [] } = (await kubectlJson(['get', kinds, ...where], flags, signal)) as {
      items?: Item[];
    };
    for (const item of items) {
      const { name, creationTimestamp = '', deletionTimestamp } = item.metadata;
      if (deletionTimestamp !== undefined) continue;
      if (item.kind === 'APIQuota') {
        const parsed = parseApiQuota(item);
        if (parsed.ok) quotas.push({ name, namespace, limits: parsed.spec.limits });
        continue;
      }
      const { apiVersion, kind, metadata, spec } = item;
      const parsed = parseStreamSource({ apiVersion, kind, metadata, spec });
      if (!parsed.ok) continue;
      const { schedule, source } = parsed.value.spec;
      feeds.push({ name, namespace, createdAt: creationTimestamp, quota: source.quotaRef?.name, schedule });
    }
  }
  return { quotas, feeds };
}

interface Item {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: unknown;
}
