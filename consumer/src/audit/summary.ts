import type { BronzeReport } from './bronze.ts';
import type { AuditReport, PartitionReport } from './report.ts';

const SHOWN_FINDINGS = 20;

/** The report for people: one line for each partition, then what was found. */
export function auditSummary(report: AuditReport): string {
  const { feed, topicId, topicGone, volume, ok, partitions, bronze, findings, findingCount } = report;
  const sum = (of: (partition: PartitionReport) => number): number =>
    partitions.reduce((total, partition) => total + of(partition), 0);
  const lines = [
    `${feed} (topic ${topicId}${topicGone ? ', which is no more' : ''}) in ${volume}`,
    ...partitions.map(
      (it) =>
        `  partition ${it.partition}: ${it.files} files, ${it.rows} rows up to offset ${it.lastOffset ?? '-'}; ` +
        `${it.comparedRows} equal their records or are listed below, ${it.manifestOnlyRows} proven by manifests, ${it.notLanded} not landed yet`,
    ),
    ...bronzeLines(bronze),
    ...findings.slice(0, SHOWN_FINDINGS).map(({ code, message }) => `  ${code}: ${message}`),
  ];
  if (findingCount > SHOWN_FINDINGS) lines.push(`  and ${findingCount - SHOWN_FINDINGS} more`);
  const rows = `${sum(({ rows: count }) => count)} rows in ${sum(({ files }) => files)} files`;
  lines.push(ok ? `audited=ok ${rows}` : `audited=failed ${findingCount} findings, ${rows}`);
  return lines.join('\n');
}

function bronzeLines(bronze: BronzeReport): string[] {
  if (!bronze.checked) return [`  bronze: not checked, because ${bronze.because}`];
  return bronze.partitions.map(
    (it) =>
      `  bronze: ${bronze.table} partition ${it.partition}: ${it.rows} rows up to offset ${it.lastOffset ?? '-'}, ` +
      `${it.expectedRows} expected, ${it.notIngested} not ingested yet`,
  );
}
