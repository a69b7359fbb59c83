import { z } from 'zod';
import type { TopicView } from '../audit/topic-view.ts';
import { takeInventory, type PartitionInventory } from '../audit/inventory.ts';
import { Findings } from '../audit/report.ts';
import { Readable } from 'node:stream';
import { isGzip, rowsOf } from '../files/file-facts.ts';
import { dialectOf } from '../landing/schema-file.ts';
import type { Volume } from '../volume/volume.ts';

interface PartitionLedger {
  /** Offsets of all records that were ever seen in it. */
  readonly written: Set<bigint>;
  /** Of those, what is not there any more though retention has not come so far. */
  readonly compacted: Set<bigint>;
  /** The topic's own start, as it was last told. */
  logStart: bigint;
}

const gapReport = z.object({ from: z.string(), to: z.string() });

/**
 * What a topic has held, kept by looking before anything is taken from it: an audit can speak only of what is still there.
 * Every record must be in a file, or in a report of a gap where retention was faster, but for what compaction took.
 */
export class TopicLedger {
  readonly #partitions = new Map<number, PartitionLedger>();

  /** Call it before and after records are taken away. */
  async look(topic: TopicView): Promise<void> {
    for (const { partition, logStart, end } of await topic.partitions()) {
      const ledger = this.#partitions.get(partition) ?? {
        written: new Set(),
        compacted: new Set(),
        logStart,
      };
      this.#partitions.set(partition, ledger);
      ledger.logStart = logStart;
      const present = new Set<bigint>();
      for await (const { offset } of topic.read(partition, logStart, end)) present.add(offset);
      for (const offset of present) ledger.written.add(offset);
      for (const offset of ledger.written)
        if (offset >= logStart && !present.has(offset)) ledger.compacted.add(offset);
    }
  }

  get compactedRecords(): number {
    return [...this.#partitions.values()].reduce((sum, { compacted }) => sum + compacted.size, 0);
  }

  /** Where files and reports of gaps are not what they must be; `whole` where everything must have landed. */
  async compare(volume: Volume, feed: string, topicId: string, whole: boolean): Promise<string[]> {
    const inventory = await takeInventory(volume, feed, topicId, new Findings());
    const wrong: string[] = [];
    for (const [partition, ledger] of this.#partitions) {
      const held = inventory.get(partition);
      const landed =
        held === undefined ? new Set<bigint>() : await landedOffsets(volume, feed, topicId, held);
      const gaps = await readGaps(volume, held?.gaps ?? []);
      const at = (offset: bigint): string => `${topicId} ${partition} at ${offset}`;
      const inGap = (offset: bigint): boolean => gaps.some(({ from, to }) => offset >= from && offset <= to);
      for (const offset of landed) {
        if (!ledger.written.has(offset)) wrong.push(`${at(offset)}: a row of no record`);
        if (inGap(offset)) wrong.push(`${at(offset)}: landed, and reported as gone`);
      }
      for (const { from, to } of gaps)
        if (to >= ledger.logStart) wrong.push(`${at(from)}: a gap to ${to} where nothing was taken`);
      if (!whole) continue;
      for (const offset of ledger.written)
        if (!landed.has(offset) && !ledger.compacted.has(offset) && !inGap(offset))
          wrong.push(`${at(offset)}: lost without a report`);
    }
    return wrong;
  }
}

async function landedOffsets(
  volume: Volume,
  feed: string,
  topicId: string,
  { files }: PartitionInventory,
): Promise<Set<bigint>> {
  const landed = new Set<bigint>();
  for (const { path, schema } of files) {
    const dialect = await dialectOf(volume, feed, { topicId, schema });
    const bytes = (await volume.read(path)) ?? Buffer.alloc(0);
    let { header } = dialect;
    for await (const { cells } of rowsOf(Readable.from([bytes]), isGzip(path), dialect)) {
      if (!header) landed.add(BigInt(cells[1] ?? ''));
      header = false;
    }
  }
  return landed;
}

async function readGaps(
  volume: Volume,
  paths: readonly string[],
): Promise<{ readonly from: bigint; readonly to: bigint }[]> {
  const gaps: { from: bigint; to: bigint }[] = [];
  for (const path of paths) {
    const { from, to } = gapReport.parse(JSON.parse(String(await volume.read(path))));
    gaps.push({ from: BigInt(from), to: BigInt(to) });
  }
  return gaps;
}
