import type { ConsumerStatus, ProducerStatus } from '@tributary/api';
import type { StatusDraft } from './status-draft.ts';

/** What the pods last said of themselves. */
export interface Observation {
  producer: ProducerStatus | undefined;
  consumer: ConsumerStatus | undefined;
}

/** The producer's word for not having asked the API yet. */
const NOT_POLLED = 'NotPolledYet';

/** Turns `/status` of the pods into conditions and lineage. A pod that did not answer changes nothing. */
export function reportPods(
  draft: StatusDraft,
  { producer, consumer }: Observation,
  hasVolume: boolean,
): void {
  if (producer !== undefined) reportProducer(draft, producer);
  if (consumer !== undefined) reportConsumer(draft, consumer, hasVolume);
}

function reportProducer(draft: StatusDraft, producer: ProducerStatus): void {
  const { upstream, quota, lastPoll, published } = producer;
  // A pod that has not asked yet, or that was just replaced, knows nothing of the API.
  const unknown = !upstream.healthy && upstream.reason === NOT_POLLED;
  if (!unknown)
    draft.set(
      'UpstreamHealthy',
      upstream.healthy ? 'True' : 'False',
      word(upstream.reason),
      upstream.message,
    );
  else if (draft.get('UpstreamHealthy') === undefined)
    draft.set('UpstreamHealthy', 'Unknown', NOT_POLLED, upstream.message);
  if (quota.exhausted)
    draft.set(
      'QuotaExhausted',
      'True',
      'LimitReached',
      'The limit of the provider is used up; polling resumes by itself.',
    );
  else draft.set('QuotaExhausted', 'False', 'WithinLimits', 'Requests are left.');
  draft.report({
    ...(lastPoll === undefined
      ? {}
      : {
          lastPoll: {
            id: lastPoll.id,
            at: lastPoll.endedAt,
            result: lastPoll.result,
            records: lastPoll.published,
          },
        }),
    quota: { remaining: atLeastZero(quota.remaining), resumesAt: quota.resumesAt },
    records: { ...draft.lineage.records, published },
  });
}

function reportConsumer(draft: StatusDraft, consumer: ConsumerStatus, hasVolume: boolean): void {
  const { landed, uploaded, volume, kafka } = consumer;
  const records = hasVolume ? uploaded.records : landed.records;
  if (!volume.healthy) draft.set('Landed', 'False', word(volume.reason), volume.message);
  else if (!kafka.healthy) draft.set('Landed', 'False', word(kafka.reason), kafka.message);
  else if (records > 0)
    draft.set(
      'Landed',
      'True',
      'FilesLanded',
      hasVolume ? 'Files are in the volume.' : 'Files are on the disk.',
    );
  else if (draft.get('Landed')?.status !== 'True')
    draft.set('Landed', 'False', 'NothingYet', 'No file is complete yet.');
  // A pod that has just started has not audited yet: what the one before it found still holds.
  const { audit, auditNotPossible } = consumer;
  if (auditNotPossible !== undefined)
    draft.set('Audited', 'Unknown', 'AuditNotPossible', auditNotPossible.message);
  else if (audit !== undefined)
    draft.set('Audited', audit.ok ? 'True' : 'False', audit.ok ? 'Proven' : 'AuditFailed', audit.message);
  draft.report({
    records: { ...draft.lineage.records, landed: landed.records, uploaded: uploaded.records },
    ...(uploaded.lastFile === undefined ? {} : { lastFile: uploaded.lastFile }),
  });
}

/** A reason is one word for programs; a pod that sends anything else is not believed. */
function word(reason: string): string {
  return /^[A-Za-z][A-Za-z0-9]{0,127}$/.test(reason) ? reason : 'Unknown';
}

function atLeastZero(count: number | undefined): number | undefined {
  return count === undefined ? undefined : Math.max(0, count);
}
