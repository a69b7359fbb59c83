import { isDeepStrictEqual } from 'node:util';
import type { TopicView } from '../audit/topic-view.ts';
import { rowOf } from '../encode/row.ts';
import type { TopicRecord } from '../encode/topic-record.ts';
import type { LandedPartition, LandedRow } from './landed-rows.ts';

interface PartitionLedger {
  /** All records that were ever seen in it. */
  readonly records: Map<bigint, TopicRecord>;
  /** Offsets that the topic does not hold any more. */
  readonly gone: Set<bigint>;
  /** Of those, the ones that retention had not come to. */
  readonly compacted: Set<bigint>;
  /** Of all that are gone, the ones that had not landed by then: a gap may be reported of them, and of nothing else. */
  readonly goneBefore: Set<bigint>;
  /** Offsets that had landed when it was last compared. */
  landed: ReadonlySet<bigint>;
  /** The topic's own start, the furthest that was ever told. */
  logStart: bigint;
}

type Landed = ReadonlyMap<number, LandedPartition>;

const NOTHING: LandedPartition = { rows: new Map(), twice: [], gaps: [] };

/**
 * What a topic has held, kept by looking before anything is taken from it: an audit can speak only of what is still there.
 * Every record must be in one row that is equal to it; or, where it was taken before it had landed, in a report of a gap.
 * Compare before each taking, and look after it.
 */
export class TopicLedger {
  readonly #partitions = new Map<number, PartitionLedger>();
  #mayBeCompacted = false;
  #mayComeBack = false;
  #isDeleted = false;
  /** What no comparison can tell any more. */
  readonly #wrong: string[] = [];

  /** Takes down what the topic holds, and what it holds no more. */
  async look(topic: TopicView): Promise<void> {
    for (const { partition, logStart, end } of await topic.partitions()) {
      const ledger = this.#of(partition, logStart);
      if (logStart > ledger.logStart) ledger.logStart = logStart;
      const present = new Set<bigint>();
      for await (const record of topic.read(partition, logStart, end)) {
        present.add(record.offset);
        this.#write(ledger, partition, record);
      }
      for (const offset of ledger.records.keys()) {
        if (present.has(offset)) continue;
        if (offset >= logStart && !ledger.gone.has(offset)) ledger.compacted.add(offset);
        if (ledger.compacted.has(offset) && !this.#mayBeCompacted)
          this.#wrong.push(`${partition} at ${offset}: a reader was not given what it was given before`);
        this.#take(ledger, offset);
      }
    }
  }

  /** From now on records may be gone that retention has not come to. */
  expectCompaction(): void {
    this.#mayBeCompacted = true;
  }

  /**
   * The broker was killed: it writes a log's start down once a minute, so that what was deleted since may be there again, and
   * is read by those who come to it.
   */
  expectReturn(): void {
    this.#mayComeBack = true;
  }

  /** The topic was deleted with all that it held. */
  takeAll(): void {
    this.#isDeleted = true;
    for (const ledger of this.#partitions.values())
      for (const offset of ledger.records.keys()) this.#take(ledger, offset);
  }

  /** How many records were ever seen. */
  get records(): number {
    return this.#sum(({ records }) => records.size);
  }

  get compactedRecords(): number {
    return this.#sum(({ compacted }) => compacted.size);
  }

  /**
   * Where rows and reports of gaps are not what they must be: all of them where `whole`, else up to the last row of each
   * partition. Remembers what has landed for what is taken next.
   */
  compare(landed: Landed, whole: boolean): string[] {
    const wrong = [...this.#wrong];
    for (const partition of landed.keys())
      if (!this.#partitions.has(partition)) wrong.push(`${partition}: rows of no partition`);
    for (const [partition, ledger] of this.#partitions) {
      const held = landed.get(partition) ?? NOTHING;
      const found = [
        ...rowsThatAreNone(ledger, held),
        ...gapsOfWhatWasThere(ledger, held, this.#isDeleted, this.#mayComeBack),
        ...lost(ledger, held, whole),
      ];
      wrong.push(...found.map((each) => `${partition} ${each}`));
      ledger.landed = new Set(held.rows.keys());
    }
    return wrong;
  }

  /** Remembers what has landed for what is taken next, where it cannot be compared because it is being landed. */
  remember(landed: Landed): void {
    for (const [partition, ledger] of this.#partitions)
      ledger.landed = new Set(landed.get(partition)?.rows.keys());
  }

  #of(partition: number, logStart: bigint): PartitionLedger {
    const known = this.#partitions.get(partition);
    if (known !== undefined) return known;
    const begun: PartitionLedger = {
      records: new Map(),
      gone: new Set(),
      compacted: new Set(),
      goneBefore: new Set(),
      landed: new Set(),
      logStart,
    };
    this.#partitions.set(partition, begun);
    return begun;
  }

  #write({ records, gone }: PartitionLedger, partition: number, record: TopicRecord): void {
    const { offset } = record;
    if (gone.delete(offset) && !this.#mayComeBack)
      this.#wrong.push(`${partition} at ${offset}: a reader is given what was gone`);
    if (!records.has(offset)) records.set(offset, record);
  }

  #take({ gone, goneBefore, landed }: PartitionLedger, offset: bigint): void {
    if (gone.has(offset)) return;
    gone.add(offset);
    if (!landed.has(offset)) goneBefore.add(offset);
  }

  #sum(of: (ledger: PartitionLedger) => number): number {
    return [...this.#partitions.values()].reduce((total, ledger) => total + of(ledger), 0);
  }
}

function rowsThatAreNone({ records }: PartitionLedger, { rows, twice }: LandedPartition): string[] {
  const wrong = twice.map((offset) => `at ${offset}: landed twice`);
  for (const [offset, row] of rows) {
    const record = records.get(offset);
    if (record === undefined) wrong.push(`at ${offset}: a row of no record`);
    else if (!isRowOf(record, row)) wrong.push(`at ${offset}: another row than its record`);
  }
  return wrong;
}

function isRowOf(record: TopicRecord, { cells, written }: LandedRow): boolean {
  return isDeepStrictEqual(cells, rowOf(record, written.columns, written.csv));
}

function gapsOfWhatWasThere(
  { records, goneBefore, logStart }: PartitionLedger,
  { rows, gaps }: LandedPartition,
  isDeleted: boolean,
  mayComeBack: boolean,
): string[] {
  const wrong: string[] = [];
  for (const { from, to } of gaps) {
    if (to >= logStart && !isDeleted) wrong.push(`at ${from}: a gap to ${to} where nothing was taken`);
    for (const offset of records.keys()) {
      if (offset < from || offset > to) continue;
      if (rows.has(offset)) {
        if (!mayComeBack) wrong.push(`at ${offset}: landed, and reported as gone`);
      } else if (!goneBefore.has(offset)) {
        wrong.push(`at ${offset}: reported as gone while it was there`);
      }
    }
  }
  return wrong;
}

function lost(
  { records, compacted, goneBefore }: PartitionLedger,
  { rows, gaps }: LandedPartition,
  whole: boolean,
): string[] {
  let last = -1n;
  for (const offset of rows.keys()) if (offset > last) last = offset;
  const wrong: string[] = [];
  for (const offset of records.keys()) {
    if (rows.has(offset) || (!whole && offset > last)) continue;
    // Nobody need tell of what a later record of its key made superfluous, before anybody could read it.
    const isCompacted = compacted.has(offset) && goneBefore.has(offset);
    const isInGap = gaps.some(({ from, to }) => offset >= from && offset <= to);
    if (!isCompacted && !isInGap) wrong.push(`at ${offset}: lost without a report`);
  }
  return wrong;
}
