import type { Column } from '@tributary/api';
import { ConsumerError } from '../errors.ts';
import { readSchema, schemaNumbers } from '../landing/schema-file.ts';
import type { Volume } from '../volume/volume.ts';
import { auditPartition } from './audit-partition.ts';
import { takeInventory, type Inventory } from './inventory.ts';
import { Findings, type AuditReport, type PartitionReport } from './report.ts';
import type { TopicView } from './topic-view.ts';

export interface AuditOptions {
  /** `<namespace>.<name>`. */
  readonly feed: string;
  readonly topic: TopicView;
  readonly volume: Volume;
  /** Whether everything that the topic holds must have landed. @default false */
  readonly complete?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Proves Delivery 3 to 5 for a feed: no gap but markers and aborted records, no duplicate, no altered file, every row
 * equal to its record. Holds one file, one record and the names of all files in memory.
 */
export async function audit(options: AuditOptions): Promise<AuditReport> {
  const { feed, topic, volume, complete = false, signal } = options;
  const findings = new Findings();
  // Bounds first: what lands while we list can then only be newer than them.
  const bounds = await topic.partitions(signal);
  const inventory = await takeInventory(volume, feed, topic.topicId, findings, signal);
  const schemas = await readSchemas(options, inventory, findings);
  const partitions: PartitionReport[] = [];
  const known = new Set(bounds.map(({ partition }) => partition));
  for (const partition of inventory.keys()) {
    if (!known.has(partition)) {
      findings.add({ code: 'FileUnexpected', partition, message: `the topic has no partition ${partition}` });
    }
  }
  for (const each of bounds.toSorted((a, b) => a.partition - b.partition)) {
    const held = inventory.get(each.partition) ?? {
      files: [],
      manifests: new Set<bigint>(),
      gaps: [],
      closed: new Set<string>(),
    };
    for (const path of held.gaps) {
      const message = `records were gone before they could be read; ${path} tells which`;
      findings.add({ code: 'GapReported', partition: each.partition, path, message });
    }
    const under = { feed, volume, topic, bounds: each, inventory: held, schemas, complete, findings, signal };
    partitions.push(await auditPartition(under));
  }
  return {
    feed,
    topicId: topic.topicId,
    volume: volume.root,
    ok: findings.count === 0,
    partitions,
    findings: findings.list,
    findingCount: findings.count,
  };
}

async function readSchemas(
  { volume, feed, topic, signal }: AuditOptions,
  inventory: Inventory,
  findings: Findings,
): Promise<Map<number, readonly Column[]>> {
  const schemas = new Map<number, readonly Column[]>();
  for (const number of await schemaNumbers(volume, feed, topic.topicId, signal)) {
    try {
      const schema = await readSchema(volume, feed, topic.topicId, number, signal);
      if (schema !== undefined) schemas.set(number, schema.columns);
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
