import { parseApiQuota, parseSchedule, type ApiQuotaSpec, type Schedule } from '@tributary/api';
import { kubectlJson, type ClusterFlags } from '../status/kubectl.ts';

/** A feed of the cluster. */
export interface StandingFeed {
  readonly name: string;
  readonly namespace: string;
  /** As the API server tells it. */
  readonly createdAt: string;
  readonly quota: string | undefined;
  readonly schedule: Schedule;
}

export interface StandingQuota {
  readonly name: string;
  readonly namespace: string;
  readonly limits: ApiQuotaSpec['limits'];
}

/** What the cluster holds already. */
export interface Standing {
  /** Where kubectl puts what names no namespace; empty where nobody asked. */
  readonly contextNamespace: string;
  readonly quotas: readonly StandingQuota[];
  readonly feeds: readonly StandingFeed[];
}

/**
 * Of these namespaces; an empty one is that of kubectl's context. As the operator sees it: each feed that names a quota counts, whatever
 * else is wrong with it, as long as its schedule can be read.
 */
export async function readStanding(
  namespaces: Iterable<string>,
  flags: ClusterFlags,
  signal: AbortSignal,
): Promise<Standing> {
  const quotas: StandingQuota[] = [];
  const feeds: StandingFeed[] = [];
  const wanted = [...namespaces];
  const contextNamespace = wanted.includes('') ? await readContextNamespace(flags, signal) : '';
  for (const namespace of new Set(wanted.map((each) => each || contextNamespace))) {
    const kinds = 'streamsources.tributary.dev,apiquotas.tributary.dev';
    const { items = [] } = (await kubectlJson(['get', kinds, '--namespace', namespace], flags, signal)) as {
      items?: Item[];
    };
    for (const item of items) {
      const { name, creationTimestamp: createdAt = '', deletionTimestamp } = item.metadata;
      if (deletionTimestamp !== undefined) continue;
      if (item.kind === 'APIQuota') {
        const parsed = parseApiQuota(item);
        if (parsed.ok) quotas.push({ name, namespace, limits: parsed.spec.limits });
        continue;
      }
      const { schedule: written, source } = item.spec ?? {};
      const schedule = parseSchedule(written);
      const quota = source?.quotaRef?.name;
      if (schedule !== undefined) feeds.push({ name, namespace, createdAt, quota, schedule });
    }
  }
  return { contextNamespace, quotas, feeds };
}

async function readContextNamespace(flags: ClusterFlags, signal: AbortSignal): Promise<string> {
  const config = (await kubectlJson(['config', 'view'], flags, signal)) as {
    'current-context'?: string;
    contexts?: { name: string; context?: { namespace?: string } }[] | null;
  };
  const current = flags.context ?? config['current-context'];
  return config.contexts?.find(({ name }) => name === current)?.context?.namespace ?? 'default';
}

interface Item {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: {
    readonly schedule?: unknown;
    readonly source?: { readonly quotaRef?: { readonly name: string } };
  };
}
