import { KafkaError } from '@tributary/kafka';
import { ConsumerError } from '../errors.ts';
import { readSchema, schemaNumbers, type Schema } from '../landing/schema-file.ts';
import type { Volume } from '../volume/volume.ts';
import { auditPartition } from './audit-partition.ts';
import {
  BronzeTally,
  NOT_ASKED,
  readBronze,
  reportStrayPartitions,
  type BronzePartitionReport,
  type BronzeReport,
  type BronzeTable,
} from './bronze.ts';
import { nothingLanded, takeInventory, type Inventory } from './inventory.ts';
import { Findings, type AuditReport, type PartitionReport } from './report.ts';
import type { PartitionBounds, TopicView } from './topic-view.ts';

export interface AuditOptions {
  /** `<namespace>.<name>`. */
  readonly feed: string;
  readonly topic: TopicView;
  readonly volume: Volume;
  /** Whether everything that the topic holds must have landed. @default false */
  readonly complete?: boolean;
  /** The table that the files are ingested into. @default none is compared */
  readonly bronze?: BronzeTable;
  readonly signal?: AbortSignal;
}

/**
 * Proves Delivery 3 to 5 for a feed: no gap but markers and aborted records, no duplicate, no altered file, every row
 * equal to its record. Holds one file, one record and the names of all files in memory. Rejects where nothing can be
 * proven: with `TopicMissing` where the topic is no more and left nothing, or was made anew meanwhile.
 */
export async function audit(options: AuditOptions): Promise<AuditReport> {
  const { topic, signal } = options;
  try {
    return await auditAll(options);
  } catch (error) {
    signal?.throwIfAborted();
    // A walk over two topics fails in many ways, and that they are two is what to say.
    await topic.check(signal);
    throw error;
  }
}

async function auditAll(options: AuditOptions): Promise<AuditReport> {
  const { feed, topic, volume, complete = false, bronze: table, signal } = options;
  if (topic.gone && complete)
    throw new KafkaError(
      'TopicMissing',
      `${whichIsGone(topic)}: whether all of it has landed nobody can tell`,
    );
  const findings = new Findings();
  // The table first, then the bounds: what lands while we list can then only be newer than them.
  const bronze = table === undefined ? undefined : await readBronze(table, topic.topicId, findings, signal);
  const tallyOf = (partition: number): BronzeTally | undefined =>
    bronze instanceof Map ? new BronzeTally(bronze.get(partition)) : undefined;
  const kept = await topic.partitions(signal);
  const inventory = await takeInventory(volume, feed, topic.topicId, findings, signal);
  if (topic.gone && inventory.size === 0)
    throw new KafkaError('TopicMissing', `${whichIsGone(topic)}, and nothing has landed of one`);
  const bounds = topic.gone ? [...inventory.keys()].map(behindAll) : kept;
  const schemas = await readSchemas(options, inventory, findings);
  const partitions: PartitionReport[] = [];
  const ingested: BronzePartitionReport[] = [];
  const known = new Set(bounds.map(({ partition }) => partition));
  for (const partition of inventory.keys()) {
    if (!known.has(partition)) {
      findings.add({ code: 'FileUnexpected', partition, message: `the topic has no partition ${partition}` });
    }
  }
  for (const each of bounds.toSorted((a, b) => a.partition - b.partition)) {
    const held = inventory.get(each.partition) ?? nothingLanded();
    for (const path of held.gaps) {
      const message = `records were gone before they could be read; ${path} tells which`;
      findings.add({ code: 'GapReported', partition: each.partition, path, message });
    }
    const tally = tallyOf(each.partition);
    const under = {
      feed,
      volume,
      topic,
      bounds: each,
      inventory: held,
      schemas,
      complete,
      tally,
      findings,
      signal,
    };
    partitions.push(await auditPartition(under));
    if (tally !== undefined) ingested.push(tally.report(each.partition, findings));
  }
  if (bronze instanceof Map) reportStrayPartitions(bronze, known, findings);
  await topic.check(signal);
  const bronzeReport = (): BronzeReport => {
    if (table === undefined || bronze === undefined) return NOT_ASKED;
    if (!(bronze instanceof Map)) return { checked: false, because: bronze.because };
    return { checked: true, table: table.name, partitions: ingested };
  };
  return {
    feed,
    topicId: topic.topicId,
    topicGone: topic.gone,
    volume: volume.root,
    ok: findings.count === 0,
    partitions,
    bronze: bronzeReport(),
    findings: findings.list,
    findingCount: findings.count,
  };
}

function whichIsGone({ topicId }: TopicView): string {
  return `there is no topic with the id ${topicId}`;
}

const LAST_OFFSET = 2n ** 63n - 1n;

/** Bounds of a partition whose topic keeps nothing: every row is older than its log. */
function behindAll(partition: number): PartitionBounds {
  return { partition, logStart: LAST_OFFSET, end: LAST_OFFSET };
}

async function readSchemas(
  { volume, feed, topic, signal }: AuditOptions,
  inventory: Inventory,
  findings: Findings,
): Promise<Map<number, Schema>> {
  const schemas = new Map<number, Schema>();
  for (const number of await schemaNumbers(volume, feed, topic.topicId, signal)) {
    try {
      const schema = await readSchema(volume, feed, topic.topicId, number, signal);
      if (schema !== undefined) schemas.set(number, schema);
    } catch (error) {
      if (!(error instanceof ConsumerError)) throw error;
      findings.add({ code: 'SchemaMissing', message: error.message });
    }
  }
  const used = new Set([...inventory.values()].flatMap(({ files }) => files.map(({ schema }) => schema)));
  for (const number of used) {
    if (schemas.has(number)) continue;
    const message = `files of schema ${number} have landed, and _meta/schema-${number}.json is not there`;
    findings.add({ code: 'SchemaMissing', message });
  }
  return schemas;
}
