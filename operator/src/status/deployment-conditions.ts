import type { Deployment } from '../kube/index.ts';
import type { Component } from '../plan/index.ts';
import type { StatusDraft } from './status-draft.ts';

export type Availability = 'available' | 'progressing' | 'failed' | 'suspended';

const TITLE = { producer: 'Producer', consumer: 'Consumer' } as const;

/** Of pods that are scaled to zero because their feed cannot go on; what only the producer knows is not known by then. */
export function reportHalted(draft: StatusDraft, component: Component): void {
  const message = `The ${component} is scaled to zero until the feed goes on.`;
  draft.set(`${TITLE[component]}Available`, 'False', 'Halted', message);
  if (component !== 'producer') return;
  for (const type of ['UpstreamHealthy', 'QuotaExhausted'] as const)
    if (draft.get(type) !== undefined) draft.set(type, 'Unknown', 'Halted', message);
}

/** Sets ProducerAvailable or ConsumerAvailable and says how it stands. */
export function reportDeployment(
  draft: StatusDraft,
  component: Component,
  deployment: Deployment,
  suspended: boolean,
  /** Why its pod cannot start, in Kubernetes' words. */
  trouble?: string,
): Availability {
  const type = `${TITLE[component]}Available` as const;
  if (suspended) {
    draft.set(type, 'False', 'Suspended', `The ${component} is scaled to zero.`);
    return 'suspended';
  }
  const { status = {}, metadata, spec } = deployment;
  const condition = (name: string) => status.conditions?.find((each) => each.type === name);
  const seen = (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  const wanted = spec?.replicas ?? 1;
  const rolledOut = seen && (status.updatedReplicas ?? 0) >= wanted && (status.replicas ?? 0) === wanted;
  if (rolledOut && (status.availableReplicas ?? 0) >= wanted) {
    draft.set(type, 'True', 'Available', `The ${component} is available.`);
    return 'available';
  }
  const progress = condition('Progressing');
  const see = trouble === undefined ? 'see its pod and log' : `its pod says ${trouble}`;
  if (seen && progress?.status === 'False') {
    draft.set(type, 'False', 'NotProgressing', `The ${component} does not become available: ${see}.`);
    return 'failed';
  }
  draft.set(
    type,
    'False',
    rolledOut ? 'Unavailable' : 'RollingOut',
    rolledOut
      ? `The ${component} is not ready: ${see}.`
      : trouble === undefined
        ? `The ${component} is being rolled out.`
        : `The ${component} is being rolled out: ${see}.`,
  );
  return 'progressing';
}
