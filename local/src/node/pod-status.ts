/** The status of a pod, computed from what the node knows of its containers. Pure. */
import type { RestartPolicy } from './restart-backoff.ts';
import {
  type ContainerState,
  type ContainerStatus,
  type Pod,
  type PodCondition,
  type PodStatus,
  specOf,
} from './types.ts';

/** What the node knows of one container. */
export interface ContainerRecord {
  name: string;
  image: string;
  state: ContainerState;
  lastState: ContainerState | undefined;
  restartCount: number;
  /** Its startup probe has succeeded, or it has none and runs. */
  started: boolean;
  /** Its readiness probe says so, or it has none and has started. */
  ready: boolean;
  containerID: string | undefined;
}

export interface PodView {
  podIP: string | undefined;
  hostIP: string;
  startTime: string;
  /** Volumes are in place. */
  prepared: boolean;
  initialized: boolean;
  init: readonly ContainerRecord[];
  containers: readonly ContainerRecord[];
  /** It was deleted and nothing of it runs any more: its phase is final, whatever its restart policy. */
  ended: boolean;
  /** The node will not run it: its phase is Failed for this. */
  refused: { reason: string; message: string } | undefined;
}

export function waiting(reason: string, message?: string): ContainerState {
  return { waiting: { reason, ...(message === undefined ? {} : { message }) } };
}

export function newRecord(name: string, image: string, reason: string): ContainerRecord {
  return {
    name,
    image,
    state: waiting(reason),
    lastState: undefined,
    restartCount: 0,
    started: false,
    ready: false,
    containerID: undefined,
  };
}

/** `now` stamps conditions that changed; those that did not keep their time from the pod's present status. */
export function statusOf(pod: Pod, view: PodView, now: string): PodStatus {
  const spec = specOf(pod);
  const phase = phaseOf(view, (spec.restartPolicy ?? 'Always') as RestartPolicy);
  const finished = phase === 'Succeeded' || phase === 'Failed';
  const unready = view.containers.filter(({ ready }) => !ready).map(({ name }) => name);
  const containersReady: Verdict = finished
    ? { status: 'False', reason: phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed' }
    : unready.length > 0
      ? {
          status: 'False',
          reason: 'ContainersNotReady',
          message: `containers with unready status: [${unready.join(' ')}]`,
        }
      : { status: 'True' };
  const initialized: Verdict = view.initialized
    ? { status: 'True', ...(phase === 'Succeeded' ? { reason: 'PodCompleted' } : {}) }
    : {
        status: 'False',
        reason: 'ContainersNotInitialized',
        message: `containers with incomplete status: [${view.init
          .filter(({ state }) => state.terminated?.exitCode !== 0)
          .map(({ name }) => name)
          .join(' ')}]`,
      };
  const ready = gated(pod, containersReady);
  const present = pod.status?.conditions ?? [];
  const conditions = [
    condition(
      'PodReadyToStartContainers',
      { status: view.prepared && !finished ? 'True' : 'False' },
      present,
      now,
    ),
    condition('Initialized', initialized, present, now),
    condition('ContainersReady', containersReady, present, now),
    condition('Ready', ready, present, now),
  ];
  return {
    phase,
    conditions,
    hostIP: view.hostIP,
    hostIPs: [{ ip: view.hostIP }],
    ...(view.podIP === undefined ? {} : { podIP: view.podIP, podIPs: [{ ip: view.podIP }] }),
    startTime: view.startTime,
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    ...(view.refused === undefined ? {} : view.refused),
    qosClass: pod.status?.qosClass ?? 'BestEffort',
    ...(view.init.length === 0 ? {} : { initContainerStatuses: view.init.map(containerStatus) }),
    containerStatuses: view.containers.map(containerStatus),
  };
}

export function phaseOf(view: PodView, policy: RestartPolicy): string {
  if (view.refused !== undefined) return 'Failed';
  const exitCodes = (records: readonly ContainerRecord[]) =>
    records.map(({ state }) => state.terminated?.exitCode);
  const codes = exitCodes(view.containers);
  if (view.ended) return codes.every((code) => code === 0) ? 'Succeeded' : 'Failed';
  if (!view.initialized) {
    const failed = exitCodes(view.init).some((code) => code !== undefined && code !== 0);
    return failed && policy === 'Never' ? 'Failed' : 'Pending';
  }
  if (codes.every((code) => code !== undefined) && policy !== 'Always') {
    if (codes.every((code) => code === 0)) return 'Succeeded';
    // Under OnFailure a failed container comes back.
    if (policy === 'Never') return 'Failed';
  }
  const everStarted = view.containers.some(
    ({ state, lastState }) =>
      state.running !== undefined || state.terminated !== undefined || lastState !== undefined,
  );
  return everStarted ? 'Running' : 'Pending';
}

interface Verdict {
  status: 'True' | 'False';
  reason?: string;
  message?: string;
}

/** A pod with readiness gates is ready only once others have said so too. */
function gated(pod: Pod, containersReady: Verdict): Verdict {
  if (containersReady.status !== 'True') return containersReady;
  const open = (specOf(pod).readinessGates ?? []).filter(
    ({ conditionType }) =>
      pod.status?.conditions?.every(({ type, status }) => type !== conditionType || status !== 'True') ??
      true,
  );
  if (open.length === 0) return containersReady;
  const names = open.map(({ conditionType }) => conditionType).join(', ');
  return {
    status: 'False',
    reason: 'ReadinessGatesNotReady',
    message: `corresponding condition of pod readiness gate ${names} is not True`,
  };
}

function condition(
  type: string,
  verdict: Verdict,
  present: readonly PodCondition[],
  now: string,
): PodCondition {
  const before = present.find((candidate) => candidate.type === type);
  return {
    type,
    status: verdict.status,
    // Given always: a strategic merge would keep an old reason otherwise.
    reason: verdict.reason ?? '',
    message: verdict.message ?? '',
    lastTransitionTime:
      before?.status === verdict.status && before.lastTransitionTime !== undefined
        ? before.lastTransitionTime
        : now,
  };
}

function containerStatus(record: ContainerRecord): ContainerStatus {
  const { name, image, state, lastState, restartCount, started, ready, containerID } = record;
  return {
    name,
    image,
    imageID: '',
    state,
    lastState: lastState ?? {},
    restartCount,
    ready,
    started,
    ...(containerID === undefined ? {} : { containerID }),
  };
}
