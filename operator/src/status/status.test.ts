import { describe, expect, it } from '@jest/globals';
import type { ConsumerStatus, ProducerStatus, StreamSourceStatus } from '@tributary/api';
import { reportDeployment } from './deployment-conditions.ts';
import { settle } from './outcome.ts';
import { reportPods } from './pod-conditions.ts';
import { StatusDraft } from './status-draft.ts';
import type { Deployment } from '../kube/index.ts';

let now = Date.parse('2026-11-23T10:00:00Z');
const draftOf = (before?: StreamSourceStatus, generation = 1): StatusDraft =>
  new StatusDraft(before, generation, () => now);
const types = (status: StreamSourceStatus): string[] =>
  (status.conditions ?? []).map((each) => `${each.type}=${each.status}`);

describe('a status', () => {
  it('keeps the time of a condition while its status stays', () => {
    const first = draftOf();
    first.set('Ready', 'False', 'TopicNotReady', 'not yet');
    const before = first.build();
    now += 60_000;
    const second = draftOf(before);
    second.set('Ready', 'False', 'UserNotReady', 'still not');
    expect(second.build().conditions?.[0]?.lastTransitionTime).toBe('2026-11-23T10:00:00Z');
    second.set('Ready', 'True', 'Available', 'now');
    expect(second.build().conditions?.[0]?.lastTransitionTime).toBe('2026-11-23T10:01:00Z');
  });

  it('is the same object when nothing is new', () => {
    const draft = draftOf();
    draft.set('Ready', 'True', 'Available', 'well');
    draft.report({ quota: { remaining: 3, resumesAt: undefined } });
    const before = draft.build();
    now += 60_000;
    const again = draftOf(before);
    again.set('Ready', 'True', 'Available', 'well');
    again.report({ quota: { remaining: 3, resumesAt: undefined } });
    expect(again.build()).toStrictEqual(before);
  });
});

describe('kstatus', () => {
  it('has Reconciling or Stalled only while they are true, never both', () => {
    const draft = draftOf();
    settle(draft, 1, { kind: 'waiting', reason: 'TopicNotReady', message: 'm' });
    expect(types(draft.build())).toEqual(['Ready=False', 'Reconciling=True']);
    settle(draft, 1, { kind: 'stalled', reason: 'InvalidSpec', message: 'm' });
    expect(types(draft.build())).toEqual(['Ready=False', 'Stalled=True']);
    settle(draft, 1, { kind: 'ready', reason: 'Available', message: 'm' });
    expect(types(draft.build())).toEqual(['Ready=True']);
  });

  it('does not let Ready flap with a passing trouble, but does not keep it for a new generation', () => {
    const draft = draftOf();
    settle(draft, 1, { kind: 'ready', reason: 'Available', message: 'm' });
    const trouble = { kind: 'retrying', reason: 'ApiServerTimeout', message: 'm' } as const;
    const same = draftOf(draft.build());
    settle(same, 1, trouble);
    expect(types(same.build())).toEqual(['Ready=True', 'Reconciling=True']);
    const newer = draftOf(draft.build(), 2);
    settle(newer, 2, trouble);
    expect(types(newer.build())).toEqual(['Ready=False', 'Reconciling=True']);
  });
});

describe('a deployment', () => {
  const deployment = (status: Deployment['status'], generation = 1): Deployment => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', generation },
    spec: { replicas: 1, selector: {}, template: {} },
    ...(status === undefined ? {} : { status }),
  });
  const up = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };

  it.each([
    ['is available', deployment(up), 'available'],
    ['is rolling out while its controller has not seen the change', deployment(up, 2), 'progressing'],
    ['is rolling out while the old pod is there', deployment({ ...up, replicas: 2 }), 'progressing'],
    ['is not ready', deployment({ ...up, availableReplicas: 0 }), 'progressing'],
    [
      'has failed past its deadline',
      deployment({ ...up, availableReplicas: 0, conditions: [{ type: 'Progressing', status: 'False' }] }),
      'failed',
    ],
  ])('%s', (_what, object, verdict) => {
    expect(reportDeployment(draftOf(), 'producer', object, false)).toBe(verdict);
  });
});

describe('what the pods say', () => {
  const well = { healthy: true, reason: 'Healthy', message: 'fine' };
  const producer: ProducerStatus = {
    component: 'producer',
    feed: 'a.b',
    version: '1',
    upstream: well,
    kafka: well,
    lastPoll: {
      id: 'p1',
      startedAt: 's',
      endedAt: '2026-11-23T10:00:00Z',
      result: 'Published',
      fetched: 3,
      published: 2,
    },
    published: 12,
    deadLettered: 0,
    quota: { exhausted: false, remaining: -1 },
    notYetSupported: [],
  };
  const consumer: ConsumerStatus = {
    component: 'consumer',
    feed: 'a.b',
    version: '1',
    kafka: well,
    volume: well,
    landed: { records: 12, files: 1 },
    uploaded: { records: 0, files: 0 },
    notYetSupported: [],
  };

  it('becomes conditions and lineage', () => {
    const draft = draftOf();
    reportPods(
      draft,
      { producer, consumer: { ...consumer, uploaded: { records: 12, files: 1, lastFile: 'f' } } },
      true,
    );
    const status = draft.build();
    expect(types(status)).toEqual(['Landed=True', 'UpstreamHealthy=True', 'QuotaExhausted=False']);
    expect(status.lastPoll).toEqual({
      id: 'p1',
      at: '2026-11-23T10:00:00Z',
      result: 'Published',
      records: 2,
    });
    expect(status.records).toEqual({ published: 12, landed: 12, uploaded: 12 });
    expect(status.quota).toEqual({ remaining: 0 });
    expect(status.lastFile).toBe('f');
  });

  it('lands on the disk where there is no volume', () => {
    const onDisk = draftOf();
    reportPods(onDisk, { producer: undefined, consumer }, false);
    expect(onDisk.get('Landed')?.status).toBe('True');
    const inVolume = draftOf();
    reportPods(inVolume, { producer: undefined, consumer }, true);
    expect(inVolume.get('Landed')?.status).toBe('False');
  });

  it('is full where files stay on a disk that is', () => {
    const draft = draftOf();
    const volume = { healthy: false, reason: 'DiskFull', message: 'raise spec.storage.size' };
    reportPods(draft, { producer: undefined, consumer: { ...consumer, volume } }, false);
    expect(draft.get('Landed')).toMatchObject({
      status: 'False',
      reason: 'DiskFull',
      message: volume.message,
    });
  });

  it('says that an audit could not be made, until one was', () => {
    const auditNotPossible = { at: '2026-01-02T00:00:00Z', message: 'KafkaForbidden: no' };
    const draft = draftOf();
    reportPods(draft, { producer: undefined, consumer: { ...consumer, auditNotPossible } }, true);
    expect(draft.get('Audited')).toMatchObject({
      status: 'Unknown',
      reason: 'AuditNotPossible',
      // When is no part of a condition: it would change with each try.
      message: 'KafkaForbidden: no',
    });
  });

  it('says what the last audit found, and keeps it while a new pod has not audited', () => {
    const audit = {
      ok: true,
      at: '2026-01-01T00:00:00Z',
      rows: 5,
      files: 1,
      findings: 0,
      message: 'Proven.',
    };
    const [first, failed, later] = [draftOf(), draftOf(), draftOf()];
    reportPods(first, { producer: undefined, consumer: { ...consumer, audit } }, true);
    expect(first.get('Audited')).toMatchObject({ status: 'True', reason: 'Proven', message: 'Proven.' });
    const found = { ...audit, ok: false, findings: 2, message: 'RowsTwice: …' };
    reportPods(failed, { producer: undefined, consumer: { ...consumer, audit: found } }, true);
    expect(failed.get('Audited')).toMatchObject({ status: 'False', reason: 'AuditFailed' });
    reportPods(later, { producer: undefined, consumer }, true);
    expect(later.get('Audited')).toBeUndefined();
  });

  it('does not take Landed back when a new pod counts from nothing', () => {
    const draft = draftOf();
    reportPods(draft, { producer: undefined, consumer }, false);
    const later = draftOf(draft.build());
    reportPods(
      later,
      { producer: undefined, consumer: { ...consumer, landed: { records: 0, files: 0 } } },
      false,
    );
    expect(later.get('Landed')?.status).toBe('True');
  });

  it('says what is wrong with the API in its own words, and is not believed where a reason is none', () => {
    const draft = draftOf();
    const upstream = { healthy: false, reason: 'AuthFailed', message: 'the key is refused' };
    reportPods(draft, { producer: { ...producer, upstream }, consumer: undefined }, true);
    expect(draft.get('UpstreamHealthy')).toMatchObject({ status: 'False', reason: 'AuthFailed' });
    reportPods(
      draft,
      { producer: { ...producer, upstream: { ...upstream, reason: 'no word' } }, consumer: undefined },
      true,
    );
    expect(draft.get('UpstreamHealthy')?.reason).toBe('Unknown');
  });
});
