import type { FetchedRecord } from './fetched-record.ts';

/** One record as it is in a topic. */
export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | null;
  /** Null for a tombstone. */
  readonly value: Buffer | null;
  /** Header values by name; of a repeated header the last one. */
  readonly headers: ReadonlyMap<string, string>;
  /** Milliseconds since the epoch, by the broker or the producer. */
  readonly timestamp: number;
}

/** One record on its way into a topic. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key: string | null;
  /** Null writes a tombstone. */
  readonly value: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers that stand before its own; one object for all records that have them is encoded once. */
  readonly sharedHeaders?: Readonly<Record<string, string>> | undefined;
  /** Key, value and its own headers once more, encoded already: written instead of them. */
  readonly packed?: PackedContent | undefined;
}

/** What a record holds, as a batch has it (`FieldWriter`): key and value, then names and values of headers. */
export interface PackedContent {
  readonly bytes: Buffer;
  readonly from: number;
  readonly headersFrom: number;
  readonly to: number;
  /** How many headers there are. */
  readonly headers: number;
}

/** Committed records of one partition, and how far the log was read to find them. */
export interface FetchedRecords {
  readonly partition: number;
  /** May be empty: the log went on with transaction markers or aborted records only. */
  readonly records: readonly FetchedRecord[];
  /** Where the next fetch begins; everything before it was delivered, aborted, a marker, or compacted away. */
  readonly nextOffset: bigint;
  readonly logStartOffset: bigint;
  /** First offset that a read_committed reader cannot have yet: the end, or the start of the oldest open transaction. */
  readonly lastStableOffset: bigint;
  readonly highWatermark: bigint;
}

export interface PartitionOffsets {
  readonly partition: number;
  /** First offset that retention has left. */
  readonly start: bigint;
  /** First offset not yet written (the high watermark). */
  readonly end: bigint;
  /** First offset that a read_committed reader cannot have yet; never beyond `end`. */
  readonly stableEnd: bigint;
}

export type Isolation = 'read_committed' | 'read_uncommitted';
