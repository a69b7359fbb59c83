import { isDeepStrictEqual } from 'node:util';
import { manifestPath } from '@tributary/api';
import { rowOf } from '../encode/row.ts';
import type { ParsedRow } from '../encode/parse-csv.ts';
import type { TopicRecord } from '../encode/topic-record.ts';
import { ConsumerError } from '../errors.ts';
import { readManifest } from '../landing/manifest-file.ts';
import type { Schema } from '../landing/schema-file.ts';
import type { Volume } from '../volume/volume.ts';
import { auditFile } from './audit-file.ts';
import type { BronzeTally } from './bronze.ts';
import { closedKey, type PartitionInventory } from './inventory.ts';
import type { Findings, PartitionReport } from './report.ts';
import { TotalsChain } from './totals-chain.ts';
import { TopicCursor } from './topic-cursor.ts';
import type { PartitionBounds, TopicView } from './topic-view.ts';

export interface PartitionAudit {
  readonly feed: string;
  readonly volume: Volume;
  readonly topic: TopicView;
  readonly bounds: PartitionBounds;
  readonly inventory: PartitionInventory;
  readonly schemas: ReadonlyMap<number, Schema>;
  readonly complete: boolean;
  /** Told of every offset that the files hold; undefined where no table is compared. */
  readonly tally: BronzeTally | undefined;
  readonly findings: Findings;
  readonly signal?: AbortSignal | undefined;
}

/** Delivery 6, for one partition: walks files and topic side by side, both in offset order. */
export async function auditPartition(audit: PartitionAudit): Promise<PartitionReport> {
  const walk = new Walk(audit);
  try {
    return await walk.run();
  } finally {
    await walk.close();
  }
}

class Walk {
  readonly #audit: PartitionAudit;
  readonly #cursor: TopicCursor;
  #logStart: bigint;
  /** Grows as the topic does while we read. */
  #end: bigint;
  /** For which next record of the topic it was last asked whether retention took those before it. */
  #askedBefore: bigint | undefined | null = null;
  #lastOffset: bigint | undefined;
  #files = 0;
  #rows = 0;
  #compared = 0;
  #manifestOnly = 0;

  constructor(audit: PartitionAudit) {
    this.#audit = audit;
    const { topic, bounds, signal } = audit;
    this.#logStart = bounds.logStart;
    this.#end = bounds.end;
    this.#cursor = new TopicCursor(topic, bounds.partition, bounds.logStart, bounds.end, signal);
  }

  async run(): Promise<PartitionReport> {
    const { bounds, inventory, volume, feed, topic, schemas, findings, signal } = this.#audit;
    const chain = new TotalsChain(bounds.partition, inventory, findings);
    const newest = inventory.files.at(-1)?.firstOffset;
    for (const file of inventory.files) {
      const written = schemas.get(file.schema);
      const under = {
        ...file,
        feed,
        topicId: topic.topicId,
        partition: bounds.partition,
        hasManifest: inventory.manifests.has(file.firstOffset),
        newest: file.firstOffset === newest,
        closes: inventory.closed.has(closedKey(file.schema, file.firstOffset)),
        written,
      };
      if (!under.closes) this.#files += 1;
      const onRow = (offset: bigint, row: ParsedRow): Promise<void> =>
        this.#row(offset, row, file.path, written);
      const rowsBefore = this.#rows;
      const manifest = await auditFile(volume, under, findings, onRow, signal);
      if (!under.closes) chain.follow(file, manifest, this.#rows - rowsBefore);
    }
    await this.#manifestsWithoutFile();
    return {
      partition: bounds.partition,
      files: this.#files,
      rows: this.#rows,
      comparedRows: this.#compared,
      manifestOnlyRows: this.#manifestOnly,
      logStart: String(bounds.logStart),
      end: String(bounds.end),
      ...(this.#lastOffset === undefined ? {} : { lastOffset: String(this.#lastOffset) }),
      notLanded: await this.#countNotLanded(),
    };
  }

  close(): Promise<void> {
    return this.#cursor.close();
  }

  async #row(offset: bigint, row: ParsedRow, path: string, written: Schema | undefined): Promise<void> {
    const { findings, bounds } = this.#audit;
    const at = { partition: bounds.partition, path, offset: String(offset) };
    this.#rows += 1;
    if (this.#lastOffset !== undefined && offset <= this.#lastOffset) {
      findings.add({
        ...at,
        code: 'RowsTwice',
        message: `offset ${offset} has landed before, within ${this.#lastOffset}`,
      });
      return;
    }
    this.#lastOffset = offset;
    this.#audit.tally?.row(offset);
    if (offset < this.#logStart) {
      this.#manifestOnly += 1;
      return;
    }
    await this.#reportMissingBefore(offset, path);
    const record = await this.#cursor.peek();
    if (record?.offset !== offset) return this.#unknown(offset, path, record?.offset);
    await this.#cursor.next();
    this.#compared += 1;
    if (written !== undefined && !sameRow(row, record, written)) {
      findings.add({
        ...at,
        code: 'RowDiffers',
        message: `${path}: the row of offset ${offset} is not its record`,
      });
    }
  }

  /** A file that another wrote beyond the end that we asked for is not wrong; nor is what retention just took. */
  async #unknown(offset: bigint, path: string, next: bigint | undefined): Promise<void> {
    const { bounds, topic, findings } = this.#audit;
    if (topic.compacted && offset < bounds.end) {
      this.#manifestOnly += 1;
      return;
    }
    if (offset >= bounds.end) {
      // Landed while we were reading: the bounds of the next audit will hold it.
      if (offset >= this.#end) await this.#lookAgain();
      if (offset < this.#end) return;
    } else {
      // What comes before one record is asked for once: the record was read after what retention had taken by then.
      if (this.#askedBefore !== next) await this.#lookAgain();
      this.#askedBefore = next;
      if (offset < this.#logStart) {
        this.#manifestOnly += 1;
        return;
      }
    }
    findings.add({
      code: 'RowUnknown',
      partition: bounds.partition,
      path,
      offset: String(offset),
      message: `${path}: the topic holds no committed record at offset ${offset}`,
    });
  }

  async #lookAgain(): Promise<void> {
    const { topic, bounds, signal } = this.#audit;
    const now = (await topic.partitions(signal)).find(({ partition }) => partition === bounds.partition);
    this.#logStart = now?.logStart ?? this.#logStart;
    this.#end = now?.end ?? this.#end;
  }

  async #reportMissingBefore(offset: bigint, path: string): Promise<void> {
    const { findings, bounds } = this.#audit;
    let first: bigint | undefined;
    let last = 0n;
    let count = 0;
    for (
      let record = await this.#cursor.peek();
      record !== undefined && record.offset < offset;
      record = await this.#cursor.peek()
    ) {
      first ??= record.offset;
      last = record.offset;
      count += 1;
      await this.#cursor.next();
    }
    if (first === undefined) return;
    findings.add({
      code: 'RecordsMissing',
      partition: bounds.partition,
      path,
      offset: String(first),
      lastOffset: String(last),
      message: `${count} records of the topic, ${first} to ${last}, are in no file before ${path}`,
    });
  }

  async #countNotLanded(): Promise<number> {
    let first: bigint | undefined;
    let count = 0;
    for (let record = await this.#cursor.peek(); record !== undefined; record = await this.#cursor.peek()) {
      first ??= record.offset;
      count += 1;
      await this.#cursor.next();
    }
    if (first !== undefined && this.#audit.complete) {
      this.#audit.findings.add({
        code: 'NotLanded',
        partition: this.#audit.bounds.partition,
        offset: String(first),
        message: `${count} records, from offset ${first} on, have not landed`,
      });
    }
    return count;
  }

  /** A file and its manifest may have landed after the files and before the manifests were listed. */
  async #manifestsWithoutFile(): Promise<void> {
    const { feed, topic, inventory, bounds, findings } = this.#audit;
    const files = new Set(inventory.files.map(({ firstOffset }) => firstOffset));
    for (const firstOffset of inventory.manifests) {
      if (files.has(firstOffset)) continue;
      const at = manifestPath(feed, topic.topicId, bounds.partition, String(firstOffset));
      if (await this.#fileOf(at)) continue;
      findings.add({
        code: 'FileMissing',
        partition: bounds.partition,
        offset: String(firstOffset),
        message: `the file of partition ${bounds.partition} from offset ${firstOffset} has a manifest and is gone`,
      });
    }
  }

  /** Whether the file of a manifest is there; of a manifest that cannot be read none is. */
  async #fileOf(manifestAt: string): Promise<boolean> {
    const { volume, signal } = this.#audit;
    try {
      const manifest = await readManifest(volume, manifestAt, signal);
      return manifest === undefined || (await volume.read(manifest.path, signal)) !== undefined;
    } catch (error) {
      if (!(error instanceof ConsumerError)) throw error;
      return false;
    }
  }
}

function sameRow({ cells }: ParsedRow, record: TopicRecord, { columns, csv }: Schema): boolean {
  // Half a surrogate pair cannot be written as UTF-8.
  const expected = rowOf(record, columns, csv).map((cell) => cell?.toWellFormed() ?? null);
  return isDeepStrictEqual(cells, expected);
}
