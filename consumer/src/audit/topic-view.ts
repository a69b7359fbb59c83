import type { TopicRecord } from '../encode/topic-record.ts';

/** The topic as an audit reads it; `@tributary/kafka` stands behind it, a test may put records there. */
export interface TopicView {
  readonly topicId: string;
  /** Whether compaction may take away records that have landed, so that a row without its record is no finding. */
  readonly compacted: boolean;
  /** Whether the topic is no more: what landed of it can only be compared with its manifests. */
  readonly gone: boolean;
  partitions(signal?: AbortSignal): Promise<PartitionBounds[]>;
  /** Rejects where the topic was made anew since: what was read may be of either. */
  check(signal?: AbortSignal): Promise<void>;
  /** Committed records of one partition in offset order, from an offset up to and without another. */
  read(partition: number, from: bigint, to: bigint, signal?: AbortSignal): AsyncIterable<TopicRecord>;
}

export interface PartitionBounds {
  readonly partition: number;
  /** The oldest offset that the topic still keeps. */
  readonly logStart: bigint;
  /** Behind the newest offset that a committed reader may see. */
  readonly end: bigint;
}
