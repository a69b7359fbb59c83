const MIB = 1024 * 1024;
const MOST: PageBounds = { bytes: 64 * MIB, records: 1_000_000, chars: 256 * MIB };
const LEAST_BYTES = MIB;
const LEAST_RECORDS = 10_000;
/** A body is there as bytes, as text and as values for a moment. */
const MEMORY_PER_BYTE = 32;
/** A record of a page takes about 1.9 kB until it is committed, however short it is; half of the memory is for others. */
const MEMORY_PER_RECORD = 4_096;

/** An expression repeats what is around records in each of them, so their texts may be longer than the body. */
const CHARS_PER_BYTE = 4;

/** What to do about a page that is too large. */
export const SMALLER_PAGES =
  'ask for less at once, or raise resources.limits.memory of the producer in spec.pods';

/** The largest page that is read. */
export interface PageBounds {
  /** Of the body after decompression. */
  readonly bytes: number;
  readonly records: number;
  /** Of its records' keys and values together. */
  readonly chars: number;
}

/**
 * What a process with so many bytes of memory can read: a larger page has a reason, where it would end the process without
 * one. 0 or undefined: there is no limit.
 */
export function pageBounds(memory: number | undefined): PageBounds {
  if (memory === undefined || memory === 0) return MOST;
  const within = (least: number, per: number, most: number): number =>
    Math.min(most, Math.max(least, Math.floor(memory / per)));
  const bytes = within(LEAST_BYTES, MEMORY_PER_BYTE, MOST.bytes);
  return {
    bytes,
    chars: bytes * CHARS_PER_BYTE,
    records: within(LEAST_RECORDS, MEMORY_PER_RECORD, MOST.records),
  };
}
