import { z } from 'zod';
import { constrained } from '../constraint.ts';
import { byteSize, duration, period } from '../units.ts';
import { audit, AUDIT_DEFAULT } from './audit.ts';
import { columns } from './columns.ts';
import { csv, CSV_DEFAULT } from './csv.ts';
import { databricks } from './databricks.ts';
import { kafka } from './kafka.ts';
import { pods } from './pods.ts';
import { schedule } from './schedule.ts';
import { timeZone } from './shared.ts';
import { source, type HttpSource } from './source.ts';

const series = () =>
  z.strictObject({
    frequency: period().describe(
      'Time between two records of one series, such as 1d. 1w, 1mo, 3mo and 1y are those of the calendar, weeks from Monday; 7d and 13w begin at the event time.',
    ),
    availableAfter: duration()
      .optional()
      .describe(
        'How long after its event time a record changes no more. Default: until the period that it is about has ended.',
      ),
    provisional: z
      .enum(['none', 'last'])
      .optional()
      .describe(
        'last: a record may change until then; notebooks leave out what was seen before. Default: last with availableAfter, else as the preset has it, else none.',
      ),
    answers: z
      .enum(['all', 'newest'])
      .optional()
      .describe(
        'all: every poll is answered with all records again, so what is not published anew has not changed. newest: with some of them. Default: as the preset has it, else newest.',
      ),
    zone: timeZone()
      .optional()
      .describe(
        'Zone whose days, weeks, months and years they are. Default: zone of the time column, else UTC.',
      ),
  });

const dedupe = () =>
  z.strictObject({
    window: duration()
      .optional()
      .describe(
        'How far back in event time a record is compared with what was last published. Default: without end.',
      ),
  });

const storage = () =>
  z.strictObject({
    size: byteSize()
      .optional()
      .describe('Size of a persistent volume for files not yet uploaded. Absent: an emptyDir.'),
    storageClassName: z.string().min(1).max(253).optional().describe('Storage class of that volume.'),
    budget: byteSize()
      .default('1Gi')
      .describe(
        'Disk the consumer may fill before it pauses; Kafka keeps the data. Without databricks: nine tenths of size.',
      ),
    keep: duration()
      .optional()
      .describe(
        'How long files also stay on this disk after their upload, in at most half of the budget; the oldest go first. Only with databricks. Default: not at all.',
      ),
  });

const policy = () => z.enum(['Retain', 'Delete']);
const DEFAULT_DELETION = { topic: 'Retain', files: 'Retain', jobs: 'Delete' } as const;

const deletionPolicy = () =>
  z.strictObject({
    topic: policy()
      .default(DEFAULT_DELETION.topic)
      .describe('The Kafka topics. Retain keeps them for the next feed of this name. Default Retain.'),
    files: policy().default(DEFAULT_DELETION.files).describe('The files in the volume. Default Retain.'),
    jobs: policy()
      .default(DEFAULT_DELETION.jobs)
      .describe('The job and notebooks in Databricks. Default Delete.'),
  });

/** What a user asks for: one API feed, from its source to its analyses. */
export const streamSourceSpec = constrained(
  z.strictObject({
    source: source().describe('The API that is polled.'),
    schedule: schedule().describe('When it is polled.'),
    columns: columns()
      .default([])
      .describe('Columns of a record. Presets bring theirs; undeclared values are kept.'),
    series: series().optional().describe('What is known of the feed as a time series.'),
    snapshot: z
      .boolean()
      .default(false)
      .describe('Every poll returns the whole set: what disappears from it is deleted downstream.'),
    dedupe: dedupe().default({}).describe('How unchanged records are recognised.'),
    kafka: kafka().describe('The Kafka that carries the records.'),
    csv: csv().default(CSV_DEFAULT).describe('How records become files.'),
    storage: storage().default({ budget: '1Gi' }).describe('Disk of the consumer.'),
    databricks: databricks()
      .optional()
      .describe('Where the files go. Absent: they stay on the persistent volume.'),
    audit: audit()
      .default(AUDIT_DEFAULT)
      .describe(
        'The periodic proof that every record has landed once and unaltered; sets the condition Audited.',
      ),
    pods: pods().default({}).describe('What to change of the two pods.'),
    deletionPolicy: deletionPolicy()
      .default(DEFAULT_DELETION)
      .describe('What happens to each thing outside the namespace when the StreamSource is deleted.'),
    suspend: z
      .boolean()
      .default(false)
      .describe('Scale both pods to zero and pause the job; nothing is lost.'),
  }),
  {
    rule: 'has(self.databricks) || (has(self.storage) && has(self.storage.size))',
    message: 'without databricks the files need a home: set storage.size',
    path: ['storage'],
    holds: (it) => it.databricks !== undefined || it.storage.size !== undefined,
  },
  {
    rule: '!has(self.audit) || !has(self.audit.bronze) || has(self.databricks)',
    message: 'a bronze table is in Databricks: set databricks too, or leave audit.bronze out',
    path: ['audit', 'bronze'],
    holds: (it) => it.audit.bronze === undefined || it.databricks !== undefined,
  },
  {
    rule: "!has(self.snapshot) || !self.snapshot || (has(self.columns) && self.columns.exists(c, has(c.role) && c.role == 'key')) || !has(self.source.http)",
    message: 'a snapshot feed needs a column with role: key, to know what disappeared',
    path: ['snapshot'],
    holds: (it) =>
      !it.snapshot || it.source.http === undefined || it.columns.some((column) => column.role === 'key'),
  },
  {
    rule: "!has(self.snapshot) || !self.snapshot || !has(self.source.http) || !(self.source.http.request.url.contains('{{') || (has(self.source.http.request.query) && self.source.http.request.query.exists(q, q.value.contains('{{'))) || (has(self.source.http.request.headers) && self.source.http.request.headers.exists(h, h.value.contains('{{'))) || (has(self.source.http.request.body) && self.source.http.request.body.contains('{{')))",
    message:
      'every poll of a snapshot feed asks for the whole set, or what it does not return would be deleted: remove snapshot, or the templates (cursor, window) from source.http.request',
    path: ['snapshot'],
    holds: ({ snapshot, source: { http } }) => !snapshot || http === undefined || !hasTemplate(http.request),
  },
);

/** Whether a request asks for a part of what there is. */
function hasTemplate({ url, query, headers, body = '' }: HttpSource['request']): boolean {
  return [url, body, ...[...query, ...headers].map(({ value }) => value)].some((text) => text.includes('{{'));
}

export type StreamSourceSpec = z.output<typeof streamSourceSpec>;
/** As a user writes it, before defaults. */
export type StreamSourceSpecInput = z.input<typeof streamSourceSpec>;
