import { Readable } from 'node:stream';
import { takeInventory, type PartitionInventory } from '../audit/inventory.ts';
import { Findings } from '../audit/report.ts';
import { isGzip, rowsOf } from '../files/file-facts.ts';
import { readSchema, type Schema } from '../landing/schema-file.ts';
import type { Volume } from '../volume/volume.ts';
import { z } from 'zod';

export interface LandedRow {
  readonly cells: readonly (string | null)[];
  readonly written: Schema;
}

/** What a volume holds of one partition of a topic. */
export interface LandedPartition {
  readonly rows: ReadonlyMap<bigint, LandedRow>;
  /** Offsets that more than one row has. */
  readonly twice: readonly bigint[];
  readonly gaps: readonly { readonly from: bigint; readonly to: bigint }[];
}

const gapReport = z.object({ from: z.string(), to: z.string() });

/** Every row and every reported gap, by partition, without a look at any manifest. */
export async function readLanded(
  volume: Volume,
  feed: string,
  topicId: string,
): Promise<Map<number, LandedPartition>> {
  const landed = new Map<number, LandedPartition>();
  for (const [partition, held] of await takeInventory(volume, feed, topicId, new Findings())) {
    const gaps: { from: bigint; to: bigint }[] = [];
    for (const path of held.gaps) {
      const { from, to } = gapReport.parse(JSON.parse(String(await volume.read(path))));
      gaps.push({ from: BigInt(from), to: BigInt(to) });
    }
    landed.set(partition, { ...(await readRows(volume, feed, topicId, held)), gaps });
  }
  return landed;
}

async function readRows(
  volume: Volume,
  feed: string,
  topicId: string,
  { files }: PartitionInventory,
): Promise<Pick<LandedPartition, 'rows' | 'twice'>> {
  const rows = new Map<bigint, LandedRow>();
  const twice: bigint[] = [];
  const schemas = new Map<number, Schema>();
  for (const { path, schema } of files) {
    const written = schemas.get(schema) ?? (await readSchema(volume, feed, topicId, schema));
    if (written === undefined) throw new Error(`${path} has no schema`);
    schemas.set(schema, written);
    const bytes = (await volume.read(path)) ?? Buffer.alloc(0);
    let isHeader = written.csv.header;
    for await (const { cells } of rowsOf(Readable.from([bytes]), isGzip(path), written.csv)) {
      const offset = isHeader ? undefined : BigInt(cells[1] ?? '');
      isHeader = false;
      if (offset === undefined) continue;
      if (rows.has(offset)) twice.push(offset);
      rows.set(offset, { cells, written });
    }
  }
  return { rows, twice };
}
