import type { KubeClient } from '@tributary/operator/kube';

const WRITES = /^apiserver_request_total\{([^}]*)\} (\S+)$/gm;
const MUTATING = new Set(['APPLY', 'PATCH', 'POST', 'PUT', 'DELETE']);
/** Who watches what it makes is nobody's contender: the driver makes feeds, Strimzi answers. */
const OF_OTHERS = new Set([
  'POST streamsources',
  'PUT kafkatopics/status',
  'PUT kafkausers/status',
  'POST secrets',
  'DELETE deployments',
  'PATCH kafkas',
]);
/** Of the API server for itself, or no part of the work. */
const NOT_COUNTED = /^(leases|apiservices|flowschemas|prioritylevelconfigurations|customresourcedefinitions)/;

/** The writes of a contender so far, by verb and resource, as the API server counts them: each try, also those refused. */
export async function countWrites(client: KubeClient): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const [, text = '', value] of (await client.text('/metrics')).matchAll(WRITES)) {
    const labels = new Map([...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, label]) => [name, label]));
    const verb = labels.get('verb') ?? '';
    const resource = labels.get('resource') ?? '';
    if (!MUTATING.has(verb) || resource === '' || NOT_COUNTED.test(resource)) continue;
    const subresource = labels.get('subresource') ?? '';
    const what = `${verb} ${resource}${subresource === '' ? '' : `/${subresource}`}`;
    if (!OF_OTHERS.has(what)) counts.set(what, (counts.get(what) ?? 0) + Number(value));
  }
  return counts;
}

export function difference(
  after: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
): Map<string, number> {
  const entries = [...after].map(([what, count]) => [what, count - (before.get(what) ?? 0)] as const);
  return new Map(entries.filter(([, count]) => count > 0));
}

export function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
