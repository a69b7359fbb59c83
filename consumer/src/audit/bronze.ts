import { DatabricksError, DatabricksUserError, type Sql } from '@tributary/databricks';
import type { Findings } from './report.ts';

/** What a bronze table holds of one partition. */
export interface BronzePartition {
  readonly partition: number;
  readonly rows: number;
  readonly distinctOffsets: number;
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  /** Over the distinct offsets: equal numbers of other offsets would not add up to the same. */
  readonly offsetSum: bigint;
}

/** The table that the files were ingested into. */
export interface BronzeTable {
  readonly name: string;
  partitions(topicId: string, signal?: AbortSignal): Promise<BronzePartition[]>;
}

export type BronzeReport =
  | { readonly checked: false; readonly because: string }
  | { readonly checked: true; readonly table: string; readonly partitions: readonly BronzePartitionReport[] };

export interface BronzePartitionReport {
  readonly partition: number;
  readonly rows: number;
  /** Rows of files, up to the last offset that the table has. */
  readonly expectedRows: number;
  /** Rows of files behind it: not ingested yet. */
  readonly notIngested: number;
  readonly firstOffset?: string;
  readonly lastOffset?: string;
}

export const NOT_ASKED: BronzeReport = { checked: false, because: 'no table was named' };

/** Of rows whose `_partition` is null: no file has such. */
const NO_PARTITION = -1;

const TABLE = /^[A-Za-z0-9_-]{1,255}(\.[A-Za-z0-9_-]{1,255}){2}$/;
const TOPIC_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** A Delta table in Unity Catalog, asked by a warehouse. `name` is `catalog.schema.table`; throws a TypeError for others. */
export function warehouseTable(sql: Sql, name: string, warehouseId: string): BronzeTable {
  if (!TABLE.test(name))
    throw new TypeError(`${JSON.stringify(name)} is not a table: write catalog.schema.table`);
  return {
    name,
    async partitions(topicId, signal) {
      const rows = await sql.query(countingQuery(name, topicId), {
        warehouseId,
        ...(signal === undefined ? {} : { signal }),
      });
      return rows.map((cells) => {
        const [partition, count, distinct, first, last, sum] = cells.map((cell) => cell ?? '');
        return {
          partition: cells[0] === null ? NO_PARTITION : Number(partition),
          rows: Number(count),
          distinctOffsets: Number(distinct),
          firstOffset: BigInt(first ?? ''),
          lastOffset: BigInt(last ?? ''),
          offsetSum: BigInt(sum ?? ''),
        };
      });
    },
  };
}

/** One pass over the table; all numbers as text, since JSON keeps 53 bits of them. */
function countingQuery(table: string, topicId: string): string {
  if (!TOPIC_ID.test(topicId)) throw new TypeError(`${JSON.stringify(topicId)} is not a topic id`);
  const offset = 'CAST(_offset AS BIGINT)';
  const measures = [
    '_partition',
    'COUNT(*)',
    `COUNT(DISTINCT ${offset})`,
    `MIN(${offset})`,
    `MAX(${offset})`,
    'SUM(DISTINCT CAST(_offset AS DECIMAL(38, 0)))',
  ];
  const quoted = table
    .split('.')
    .map((part) => `\`${part}\``)
    .join('.');
  const columns = measures.map((each) => `CAST(${each} AS STRING)`).join(', ');
  return `SELECT ${columns} FROM ${quoted} WHERE _topic_id = '${topicId}' GROUP BY _partition`;
}

/** What the table holds, or why that cannot be known; a table that was asked for and cannot be read is a finding. */
export async function readBronze(
  table: BronzeTable,
  topicId: string,
  findings: Findings,
  signal?: AbortSignal,
): Promise<Map<number, BronzePartition> | { readonly because: string }> {
  try {
    const partitions = await table.partitions(topicId, signal);
    return new Map(partitions.map((each) => [each.partition, each]));
  } catch (error) {
    if (!(error instanceof DatabricksError)) throw error;
    const action = error instanceof DatabricksUserError ? `; ${error.action}` : '';
    const because = `${table.name} cannot be asked: ${error.message}${action}`;
    findings.add({ code: 'BronzeNotChecked', message: because });
    return { because };
  }
}

/** Rows of partitions that the topic has not, or of none. */
export function reportStrayPartitions(
  held: ReadonlyMap<number, BronzePartition>,
  known: ReadonlySet<number>,
  findings: Findings,
): void {
  for (const { partition, rows } of held.values()) {
    if (known.has(partition)) continue;
    const what =
      partition === NO_PARTITION ? 'no _partition' : `a partition ${partition} that the topic has not`;
    findings.add({
      code: 'BronzeRowUnknown',
      ...(partition === NO_PARTITION ? {} : { partition }),
      message: `${rows} rows of the bronze table are of ${what}`,
    });
  }
}

/** Counts the rows of one partition's files that the table should hold, as they go by in offset order. */
export class BronzeTally {
  readonly #held: BronzePartition | undefined;
  #expected = 0;
  #behind = 0;
  #sum = 0n;
  #first: bigint | undefined;
  #last: bigint | undefined;

  /** Undefined: the table holds nothing of the partition. */
  constructor(held: BronzePartition | undefined) {
    this.#held = held;
  }

  row(offset: bigint): void {
    this.#first ??= offset;
    this.#last = offset;
    // It is ingested in the order of its files, later than they land.
    if (this.#held === undefined || offset > this.#held.lastOffset) {
      this.#behind += 1;
      return;
    }
    this.#expected += 1;
    this.#sum += offset;
  }

  report(partition: number, findings: Findings): BronzePartitionReport {
    const held = this.#held;
    if (held !== undefined) this.#compare(held, partition, findings);
    return {
      partition,
      rows: held?.rows ?? 0,
      expectedRows: this.#expected,
      notIngested: this.#behind,
      ...(held === undefined
        ? {}
        : { firstOffset: String(held.firstOffset), lastOffset: String(held.lastOffset) }),
    };
  }

  #compare(held: BronzePartition, partition: number, findings: Findings): void {
    const { rows, distinctOffsets, firstOffset, lastOffset, offsetSum } = held;
    const at = { partition, offset: String(firstOffset), lastOffset: String(lastOffset) };
    const where = `partition ${partition} of the bronze table, offsets ${firstOffset} to ${lastOffset},`;
    if (rows > distinctOffsets)
      findings.add({
        ...at,
        code: 'BronzeRowsTwice',
        message: `${where} holds ${rows - distinctOffsets} rows twice`,
      });
    if (distinctOffsets < this.#expected)
      findings.add({
        ...at,
        code: 'BronzeRowsMissing',
        message: `${where} lacks ${this.#expected - distinctOffsets} of the ${this.#expected} rows of the files up to there`,
      });
    const beyond = this.#last === undefined || lastOffset > this.#last;
    const before = this.#first === undefined || firstOffset < this.#first;
    if (distinctOffsets > this.#expected || beyond || before)
      findings.add({
        ...at,
        code: 'BronzeRowUnknown',
        message: `${where} holds ${distinctOffsets} offsets, of which the files have ${this.#expected}, from ${this.#first ?? 'none'} to ${this.#last ?? 'none'}`,
      });
    else if (distinctOffsets === this.#expected && offsetSum !== this.#sum)
      findings.add({
        ...at,
        code: 'BronzeRowUnknown',
        message: `${where} holds as many offsets as the files, and not the same ones`,
      });
  }
}
