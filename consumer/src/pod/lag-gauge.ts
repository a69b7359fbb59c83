import type { FetchedRecords } from '@tributary/kafka';
import type { Lane } from '../partition/lane.ts';

/** How many records of the topic are in no complete file yet. */
export class LagGauge {
  readonly #lanes: ReadonlyMap<number, Lane>;
  readonly #ends: Map<number, bigint>;

  /** `ends`: where the partitions ended before they were read. */
  constructor(lanes: ReadonlyMap<number, Lane>, ends: ReadonlyMap<number, bigint>) {
    this.#lanes = lanes;
    this.#ends = new Map(ends);
  }

  fetched({ partition, nextOffset, highWatermark }: FetchedRecords): void {
    this.#ends.set(partition, highWatermark > nextOffset ? highWatermark : nextOffset);
  }

  /** Where the partitions end now, whether they are read or not. */
  found(ends: ReadonlyMap<number, bigint>): void {
    for (const [partition, end] of ends) {
      if (end > (this.#ends.get(partition) ?? 0n)) this.#ends.set(partition, end);
    }
  }

  /** Counts markers that have not been read as records. */
  records(): number {
    let records = 0;
    for (const [partition, lane] of this.#lanes) {
      const end = this.#ends.get(partition) ?? lane.position;
      records += lane.openRows + Math.max(0, Number(end - lane.position));
    }
    return records;
  }
}
