import type { Pod } from '../kube/index.ts';

/** Normal on the way up, and not worth a change of status. */
const USUAL = new Set(['ContainerCreating', 'PodInitializing']);

/** Why a pod does not start or keeps ending, as Kubernetes says it; undefined while it says nothing unusual. */
export function podTrouble(pod: Pod | undefined): string | undefined {
  const { phase, reason, containerStatuses = [], conditions = [] } = pod?.status ?? {};
  if (phase === 'Failed') return reason ?? 'Failed';
  const waiting = containerStatuses
    .map(({ state }) => state?.waiting?.reason)
    .find((each) => each !== undefined);
  if (waiting !== undefined && !USUAL.has(waiting)) return waiting;
  const unscheduled = conditions.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  return unscheduled?.reason;
}
