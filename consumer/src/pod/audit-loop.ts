import { durationMs } from '@tributary/api';
import { KafkaError } from '@tributary/kafka';
import { audit } from '../audit/audit.ts';
import { warehouseTable } from '../audit/bronze.ts';
import { kafkaTopicView } from '../audit/kafka-topic-view.ts';
import type { AuditReport, PartitionReport } from '../audit/report.ts';
import type { ConsumerMetrics } from './metrics.ts';
import { feedOf, type Surroundings } from './prepare.ts';

/** Soon after a start, so that a release that lands wrongly is told of; not at once, so that a backlog comes first. */
const FIRST_AFTER_MS = 5 * 60_000;
const DEFAULT_EVERY = '6h';

/** Delivery 6 on the feed's own account: proves what has landed from time to time, until the signal. */
export async function auditLoop(
  around: Surroundings,
  topicId: string,
  metrics: ConsumerMetrics,
  signal: AbortSignal,
): Promise<void> {
  const { clock, config, log, state } = around;
  const everyMs = durationMs(config.audit?.every ?? DEFAULT_EVERY);
  for (let wait = Math.min(FIRST_AFTER_MS, everyMs); ; wait = everyMs) {
    await clock.sleep(wait, signal).catch(() => undefined); // the loop looks at the signal
    if (signal.aborted) return;
    try {
      await auditOnce(around, topicId, metrics, signal);
    } catch (error) {
      if (signal.aborted) return;
      // What has landed is no worse for it, and no longer proven either.
      const message = `the audit could not be made: ${reasonOf(error)}`;
      state.auditNotPossible = { at: new Date(clock.now()).toISOString(), message };
      log.warn({ err: error }, 'the audit could not be made');
    }
  }
}

async function auditOnce(
  around: Surroundings,
  topicId: string,
  metrics: ConsumerMetrics,
  signal: AbortSignal,
): Promise<void> {
  const { kafka, config, volume, sql, state, clock, log } = around;
  const topic = await kafkaTopicView(kafka, config.kafka.topic, topicId, signal);
  // What landed of it is as it was, but whether all of it did nobody can tell any more.
  if (topic.gone) throw new KafkaError('TopicMissing', `there is no topic with the id ${topicId} any more`);
  const asked = config.audit?.bronze;
  const bronze =
    asked === undefined || sql === undefined
      ? {}
      : { bronze: warehouseTable(sql, asked.table, asked.warehouse) };
  const report = await audit({ feed: feedOf(around), topic, volume, ...bronze, signal });
  metrics.auditFindings.set(report.findingCount);
  metrics.auditedAt.set(clock.now() / 1_000);
  state.auditNotPossible = undefined;
  state.audit = { ...outcomeOf(report), at: new Date(clock.now()).toISOString() };
  if (report.ok) log.info(state.audit, 'audited');
  else log.error({ ...state.audit, first: report.findings.slice(0, 5) }, 'the audit found something');
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof KafkaError ? `${error.code}: ${message}` : message;
}

function outcomeOf({ ok, partitions, bronze, findings, findingCount }: AuditReport) {
  const [first] = findings;
  const count = (of: (partition: PartitionReport) => number): number =>
    partitions.reduce((sum, partition) => sum + of(partition), 0);
  const compared = count(({ comparedRows }) => comparedRows);
  const older = count(({ manifestOnlyRows }) => manifestOnlyRows);
  return {
    ok,
    rows: count(({ rows }) => rows),
    files: count(({ files }) => files),
    findings: findingCount,
    message:
      first === undefined
        ? `${compared} rows equal their records, ${older} that the topic keeps no longer are proven by manifests; none is missing, twice or altered.${bronze.checked ? ` So it is in ${bronze.table}, as far as that goes.` : ''}`
        : `${first.code}: ${first.message}`,
  };
}
