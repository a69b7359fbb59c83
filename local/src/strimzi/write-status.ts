/** Conditions and statuses as Strimzi writes them: only when something but the time has changed. */
import type { KubeClient, KubeObject, ResourceType } from '@tributary/operator/kube';
import type { Condition } from './resources.ts';

interface WithStatus extends KubeObject {
  status?: { conditions?: Condition[]; observedGeneration?: number };
}

export function ready(): Condition {
  return { type: 'Ready', status: 'True' };
}

export function notReady(reason: string, message: string): Condition {
  return { type: 'Ready', status: 'False', reason, message };
}

/** Fields that are not in `status` are removed. */
export async function writeStatus<T extends WithStatus>(
  client: KubeClient,
  type: ResourceType<T>,
  object: T,
  status: NonNullable<T['status']>,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const before = object.status?.conditions ?? [];
  const conditions = (status.conditions ?? []).map((condition) => {
    const same = before.find((old) => old.type === condition.type && old.status === condition.status);
    const stamp = same?.lastTransitionTime ?? new Date(now).toISOString();
    return { ...condition, lastTransitionTime: stamp };
  });
  const generation = object.metadata.generation;
  const full: Record<string, unknown> = {
    ...status,
    conditions,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
  if (canonical(full) === canonical(object.status ?? {})) return;
  const removed = Object.keys(object.status ?? {}).filter((key) => !(key in full));
  const patch = { ...full, ...Object.fromEntries(removed.map((key) => [key, null])) };
  const { name, namespace } = object.metadata;
  await client.mergePatch(type, name, namespace, { status: patch }, { subresource: 'status', signal });
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
