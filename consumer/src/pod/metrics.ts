import { Counter, Gauge, Histogram, type Registry } from '@tributary/runtime';

/** The consumer's metrics, by the names of the design. */
export interface ConsumerMetrics {
  /** Records in complete files, whatever becomes of them. */
  readonly landed: Counter;
  /** Files by state: landed (complete on disk), uploaded, adopted (another consumer's of the same records). */
  readonly files: Counter<'state'>;
  readonly uploadSeconds: Histogram;
  readonly endToEndSeconds: Histogram;
  readonly gapRecords: Counter;
  readonly lag: Gauge;
  readonly auditFindings: Gauge;
  /** When the last audit was made, in seconds since the epoch. */
  readonly auditedAt: Gauge;
}

export function createMetrics(registry: Registry, lag: () => number | undefined): ConsumerMetrics {
  const registers = [registry];
  return {
    landed: new Counter({
      name: 'tributary_records_landed_total',
      help: 'Records in complete files, also in those that another consumer was first to land, and whose rest is read again.',
      registers,
    }),
    files: new Counter({
      name: 'tributary_files_total',
      help: 'Files by state: landed (complete on disk), uploaded, adopted (found in the volume).',
      labelNames: ['state'],
      registers,
    }),
    uploadSeconds: new Histogram({
      name: 'tributary_upload_seconds',
      help: 'Time from the first attempt to upload a file until it and its manifest are in the volume.',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
      registers,
    }),
    endToEndSeconds: new Histogram({
      name: 'tributary_end_to_end_seconds',
      help: 'Time from the newest event of a file until the file is in the volume.',
      buckets: [1, 5, 15, 60, 300, 900, 3_600, 21_600, 86_400, 604_800],
      registers,
    }),
    gapRecords: new Counter({
      name: 'tributary_gap_records_total',
      help: 'Offsets that the topic no longer held when the consumer came to read them.',
      registers,
    }),
    auditFindings: new Gauge({
      name: 'tributary_audit_findings',
      help: 'What the last audit of this feed found; 0 when all is proven, or when none was made yet.',
      registers,
    }),
    auditedAt: new Gauge({
      name: 'tributary_audit_last_timestamp_seconds',
      help: 'When the last audit of this feed was made; 0 when none was made yet.',
      registers,
    }),
    lag: new Gauge({
      name: 'tributary_consumer_lag_records',
      help: 'Records of the topic that are in no complete file yet.',
      registers,
      collect() {
        const records = lag();
        if (records !== undefined) this.set(records);
      },
    }),
  };
}
