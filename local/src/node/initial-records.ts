/** What is known of a pod's containers when the node meets it: nothing, or what it wrote before it was restarted. Pure. */
import { type ContainerRecord, newRecord } from './pod-status.ts';
import { type ContainerSpec, type ContainerStatus, type Pod, specOf } from './types.ts';

export function initialRecords(
  pod: Pod,
  now: string,
): { init: ContainerRecord[]; containers: ContainerRecord[] } {
  const { initContainers = [], containers } = specOf(pod);
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  const fresh = initContainers.length > 0 ? 'PodInitializing' : 'ContainerCreating';
  return {
    init: initContainers.map((spec) => recordOf(spec, initContainerStatuses, 'PodInitializing', now)),
    containers: containers.map((spec) => recordOf(spec, containerStatuses, fresh, now)),
  };
}

function recordOf(
  { name, image = '' }: ContainerSpec,
  statuses: readonly ContainerStatus[],
  reason: string,
  now: string,
): ContainerRecord {
  const record = newRecord(name, image, reason);
  const before = statuses.find((status) => status.name === name);
  if (before === undefined) return record;
  const { running, terminated } = before.state ?? {};
  record.restartCount = before.restartCount;
  record.lastState = isEmpty(before.lastState) ? undefined : before.lastState;
  if (terminated !== undefined) record.state = { terminated };
  if (running === undefined) return record;
  // It was running when the node ended: the node has killed it since, and this start is a restart.
  record.restartCount += 1;
  record.lastState = {
    terminated: {
      exitCode: 137,
      reason: 'NodeRestarted',
      finishedAt: now,
      ...(running.startedAt === undefined ? {} : { startedAt: running.startedAt }),
    },
  };
  return record;
}

function isEmpty(state: object | undefined): boolean {
  return state === undefined || Object.keys(state).length === 0;
}
