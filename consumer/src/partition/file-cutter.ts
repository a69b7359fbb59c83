import { HEADERS } from '@tributary/api';
import type { FetchedRecord } from '@tributary/kafka';
import type { Clock } from '@tributary/runtime';
import { csvHeader } from '../encode/csv-text.ts';
import { headerOf, observedAt } from '../encode/row.ts';
import { RowEncoder } from '../encode/row-encoder.ts';
import type { DiskBudget } from '../spool/disk-budget.ts';
import type { OpenFile } from '../spool/open-file.ts';
import type { Spool } from '../spool/spool.ts';
import type { SpooledFile } from '../spool/spooled-file.ts';
import { dueBySize, type CutCause, type CutLimits } from './cut.ts';
import type { Layout } from './layout.ts';

export interface CutterOptions {
  readonly partition: number;
  readonly topicId: string;
  readonly limits: CutLimits;
  readonly spool: Spool;
  readonly budget: DiskBudget;
  readonly clock: Clock;
  readonly onComplete: (file: SpooledFile, cause: CutCause) => void;
}

interface Writing {
  readonly file: OpenFile;
  readonly encoder: RowEncoder;
  readonly date: string;
  readonly firstOffset: bigint;
  readonly openedAt: number;
  lastOffset: bigint;
  rows: number;
  newestEventMs: number | undefined;
  /** Set once it is complete by size. */
  due: CutCause | undefined;
  /** Of the budget. */
  taken: number;
}

/** Encodes the records of one partition into one file after the other. Its calls must not overlap. */
export class FileCutter {
  readonly #options: CutterOptions;
  readonly #layout: Layout;
  #from: bigint;
  #writing: Writing | undefined;

  /** `from`: first offset that no complete file holds. */
  constructor(options: CutterOptions, layout: Layout, from: bigint) {
    this.#options = options;
    this.#layout = layout;
    this.#from = from;
  }

  /** Rows of the file that is not complete yet. */
  get openRows(): number {
    return this.#writing?.rows ?? 0;
  }

  /** When the open file must be complete, in milliseconds since the epoch. */
  get dueAt(): number | undefined {
    return this.#writing === undefined ? undefined : this.#writing.openedAt + this.#options.limits.afterMs;
  }

  /** Writes some of the records from `start` on, at least one; returns the index after the last one written. */
  async append(records: readonly FetchedRecord[], start: number): Promise<number> {
    const { limits } = this.#options;
    const first = records[start];
    if (first === undefined) return records.length;
    await this.cutIfDueBySize(first.offset);
    const writing = (this.#writing ??= await this.#begin(first));
    const { bytes, end } = writing.encoder.encode(records, start, {
      rows: limits.records - writing.rows,
      bytes: limits.bytes - writing.file.textBytes,
    });
    await writing.file.write(bytes);
    this.#count(writing, first, records[end - 1] ?? first, end - start);
    writing.due = dueBySize(writing.rows, writing.file.textBytes, limits);
    return end;
  }

  /**
   * Completes a file that is large enough. Not at once, but when it is known what follows: the manifest then covers the
   * transaction markers behind it, which would look like lost records once retention has taken them.
   */
  async cutIfDueBySize(next: bigint): Promise<void> {
    if (this.#writing?.due !== undefined) await this.cut(this.#writing.due, next);
  }

  /** Completes the open file, behind which reading goes on at `next`; a file without records is never made. */
  async cut(cause: CutCause, next: bigint): Promise<void> {
    const writing = this.#writing;
    if (writing === undefined) return;
    this.#writing = undefined;
    const { spool, topicId, partition, budget } = this.#options;
    const { firstOffset, lastOffset, rows, date, newestEventMs } = writing;
    const { schema, gzip, csv } = this.#layout;
    const event = newestEventMs === undefined ? {} : { newestEventMs };
    const name = { schema, date, partition, from: this.#from, next, firstOffset, gzip };
    const file = await spool.complete(writing.file, topicId, name, csv, {
      firstOffset,
      lastOffset,
      rows,
      ...event,
    });
    budget.take(file.bytes - writing.taken);
    this.#from = lastOffset + 1n;
    this.#options.onComplete(file, cause);
  }

  /** Throws the open file away and goes on as if every file before `from` were complete. */
  async restart(from: bigint): Promise<void> {
    const writing = this.#writing;
    this.#writing = undefined;
    this.#from = from;
    if (writing === undefined) return;
    await writing.file.discard();
    this.#options.budget.release(writing.taken);
  }

  async #begin(first: FetchedRecord): Promise<Writing> {
    const { spool, partition, clock } = this.#options;
    const { columns, csv, gzip } = this.#layout;
    const file = await spool.openFile(partition, gzip);
    await file.write(Buffer.from(csvHeader(headerOf(columns), csv)));
    return {
      file,
      encoder: new RowEncoder(columns, csv),
      date: new Date(observedAt(first)).toISOString().slice(0, 10),
      firstOffset: first.offset,
      openedAt: clock.now(),
      lastOffset: first.offset,
      rows: 0,
      newestEventMs: undefined,
      due: undefined,
      taken: 0,
    };
  }

  #count(writing: Writing, first: FetchedRecord, last: FetchedRecord, rows: number): void {
    const { budget } = this.#options;
    writing.rows += rows;
    writing.lastOffset = last.offset;
    // The first and the last of what was encoded at once: to parse every header would cost as much as encoding.
    for (const { headers } of [first, last]) {
      const event = Date.parse(headers.get(HEADERS.eventTime) ?? '');
      if (!(event <= (writing.newestEventMs ?? Number.NEGATIVE_INFINITY)) && !Number.isNaN(event))
        writing.newestEventMs = event;
    }
    budget.take(writing.file.storedBytes - writing.taken);
    writing.taken = writing.file.storedBytes;
  }
}
