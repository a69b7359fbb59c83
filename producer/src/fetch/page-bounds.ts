const MIB = 1024 * 1024;
const MOST: PageBounds = { bytes: 64 * MIB, records: 1_000_000 };
const LEAST_BYTES = MIB;
const LEAST_RECORDS = 10_000;
/** A body is there as bytes, as text and as values for a moment. */
const MEMORY_PER_BYTE = 32;
/** A record of a page takes about 1.9 kB until it is committed, however short it is; half of the memory is for others. */
const MEMORY_PER_RECORD = 4_096;

/** The largest page that is read. */
export interface PageBounds {
  /** Of the body after decompression. */
  readonly bytes: number;
  readonly records: number;
}

/**
 * What a process with so many bytes of memory can read: a larger page has a reason, where it would end the process without
 * one. 0 or undefined: there is no limit.
 */
export function pageBounds(memory: number | undefined): PageBounds {
  if (memory === undefined || memory === 0) return MOST;
  const within = (least: number, per: number, most: number): number =>
    Math.min(most, Math.max(least, Math.floor(memory / per)));
  return {
    bytes: within(LEAST_BYTES, MEMORY_PER_BYTE, MOST.bytes),
    records: within(LEAST_RECORDS, MEMORY_PER_RECORD, MOST.records),
  };
}
