import type { FetchedRecords } from '@tributary/kafka';
import type { Lane } from '../partition/lane.ts';

/** How many records of the topic are in no complete file yet. */
export class LagGauge {
  readonly #lanes: ReadonlyMap<number, Lane>;
  readonly #ends = new Map<number, bigint>();

  constructor(lanes: ReadonlyMap<number, Lane>) {
    this.#lanes = lanes;
  }

  fetched({ partition, nextOffset, highWatermark }: FetchedRecords): void {
    this.#ends.set(partition, highWatermark > nextOffset ? highWatermark : nextOffset);
  }

  /** Undefined until every partition has been read once. Counts markers that have not been read as records. */
  records(): number | undefined {
    let records = 0;
    for (const [partition, lane] of this.#lanes) {
      const end = this.#ends.get(partition);
      if (end === undefined) return undefined;
      records += lane.openRows + Math.max(0, Number(end - lane.position));
    }
    return records;
  }
}
