import { describe, expect, it } from '@jest/globals';
import { initialRecords } from './initial-records.ts';
import { type ContainerRecord, newRecord, type PodView, statusOf } from './pod-status.ts';
import { RestartBackoff, shouldRestart } from './restart-backoff.ts';
import type { ContainerState, Pod, PodSpec, PodStatus } from './types.ts';

const NOW = '2026-01-01T00:00:00Z';
const running: ContainerState = { running: { startedAt: NOW } };
const exited = (exitCode: number): ContainerState => ({ terminated: { exitCode } });
const record = (state: ContainerState, more: Partial<ContainerRecord> = {}): ContainerRecord => ({
  ...newRecord('main', 'i', 'x'),
  state,
  ...more,
});
const pod = (spec: Partial<PodSpec> = {}, status: PodStatus = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', generation: 3 },
  spec: { containers: [{ name: 'main' }], restartPolicy: 'Always', ...spec },
  status,
});
const view = (containers: ContainerRecord[], more: Partial<PodView> = {}): PodView => ({
  podIP: '127.9.1.1',
  hostIP: '127.9.0.1',
  startTime: NOW,
  prepared: true,
  initialized: true,
  init: [],
  refused: undefined,
  ended: false,
  containers,
  ...more,
});
const conditions = (status: PodStatus) =>
  Object.fromEntries((status.conditions ?? []).map(({ type, status: value }) => [type, value]));

describe('the status of a pod', () => {
  it('is Pending until something has started, then Running, and Ready when all containers are', () => {
    expect(statusOf(pod(), view([record({ waiting: { reason: 'ContainerCreating' } })]), NOW).phase).toBe(
      'Pending',
    );
    const unready = statusOf(pod(), view([record(running)]), NOW);
    expect(unready.phase).toBe('Running');
    expect(conditions(unready)).toMatchObject({
      Ready: 'False',
      ContainersReady: 'False',
      Initialized: 'True',
    });
    expect(conditions(statusOf(pod(), view([record(running, { ready: true })]), NOW))).toMatchObject({
      Ready: 'True',
    });
  });

  it.each<[string, number[], string]>([
    ['Never', [0, 0], 'Succeeded'],
    ['Never', [0, 1], 'Failed'],
    ['OnFailure', [0, 0], 'Succeeded'],
    ['OnFailure', [0, 1], 'Running'],
    ['Always', [0, 0], 'Running'],
  ])('with restartPolicy %s and exit codes %j is %s', (restartPolicy, codes, phase) => {
    expect(statusOf(pod({ restartPolicy }), view(codes.map((code) => record(exited(code)))), NOW).phase).toBe(
      phase,
    );
  });

  it('is final once the pod was deleted and nothing runs any more', () => {
    expect(statusOf(pod(), view([record(exited(143))], { ended: true }), NOW).phase).toBe('Failed');
    expect(statusOf(pod(), view([record(exited(0))], { ended: true }), NOW).phase).toBe('Succeeded');
  });

  it('is Failed when an init container failed for good', () => {
    const init = [record(exited(1))];
    expect(statusOf(pod({ restartPolicy: 'Never' }), view([], { initialized: false, init }), NOW).phase).toBe(
      'Failed',
    );
    expect(statusOf(pod(), view([], { initialized: false, init }), NOW).phase).toBe('Pending');
  });

  it('keeps the time of a condition that has not changed', () => {
    const first = statusOf(pod(), view([record(running)]), NOW);
    const second = statusOf(pod({}, first), view([record(running, { ready: true })]), '2026-01-02T00:00:00Z');
    const time = (type: string) => second.conditions?.find((each) => each.type === type)?.lastTransitionTime;
    expect(time('Initialized')).toBe(NOW);
    expect(time('Ready')).toBe('2026-01-02T00:00:00Z');
  });

  it('waits for readiness gates of others', () => {
    const gated = { readinessGates: [{ conditionType: 'example.com/open' }] };
    const containers = [record(running, { ready: true })];
    expect(conditions(statusOf(pod(gated), view(containers), NOW))).toMatchObject({
      ContainersReady: 'True',
      Ready: 'False',
    });
    const open = { conditions: [{ type: 'example.com/open', status: 'True' }] };
    expect(conditions(statusOf(pod(gated, open), view(containers), NOW))).toMatchObject({ Ready: 'True' });
  });
});

describe('a node that meets a pod again', () => {
  it('counts what was running as restarted, and keeps what had ended', () => {
    const status = {
      containerStatuses: [
        { name: 'main', image: '', imageID: '', ready: true, restartCount: 2, state: running },
        { name: 'done', image: '', imageID: '', ready: false, restartCount: 0, state: exited(0) },
      ],
    };
    const { containers } = initialRecords(
      pod({ containers: [{ name: 'main' }, { name: 'done' }] }, status),
      NOW,
    );
    expect(containers[0]).toMatchObject({ restartCount: 3, lastState: { terminated: { exitCode: 137 } } });
    expect(containers[1]).toMatchObject({ restartCount: 0, state: exited(0) });
  });
});

describe('restarts', () => {
  it('come at once, then after 10 s doubling to 5 minutes, and at once again after a long run', () => {
    const backoff = new RestartBackoff();
    const waits = Array.from({ length: 8 }, () => backoff.next(1_000) / 1000);
    expect(waits).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
    expect(backoff.next(600_000)).toBe(0);
  });

  it('follow the policy', () => {
    expect([
      shouldRestart('Always', 0),
      shouldRestart('OnFailure', 0),
      shouldRestart('OnFailure', 1),
      shouldRestart('Never', 1),
    ]).toEqual([true, false, true, false]);
  });
});
