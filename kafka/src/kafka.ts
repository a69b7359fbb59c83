import type { PublisherOptions, TransactionalPublisher } from './publisher.ts';
import type { PartitionOffsets, FetchedRecords, Isolation, KafkaRecord } from './records.ts';

/** Reads partitions from explicit positions; no group, so nothing rebalances and nothing jumps. */
export interface PartitionReader {
  /**
   * The next records of any partition that has some; an empty list after `maxWaitMs` without any.
   * `partitions` restricts the reading (back-pressure); default all. Throws OffsetOutOfRangeError where a position is
   * not in the log; every other error leaves the positions as they were, and `poll` may be called again.
   */
  poll(options: {
    maxWaitMs: number;
    partitions?: readonly number[];
    signal?: AbortSignal;
  }): Promise<FetchedRecords[]>;
  /** Next offset to read of each partition. */
  positions(): ReadonlyMap<number, bigint>;
  seek(partition: number, offset: bigint): void;
  close(): Promise<void>;
}

export interface Kafka {
  /** Verifies address and credentials; throws KafkaUnavailable or KafkaAuthFailed. */
  check(signal?: AbortSignal): Promise<void>;
  openReader(options: {
    topic: string;
    /** Another topic of the same name is not read: `poll` throws TopicMissing. @default that of the first poll's topic */
    topicId?: string;
    /** First offset to read, by partition. */
    from: ReadonlyMap<number, bigint>;
    /** @default read_committed */
    isolation?: Isolation;
    /** @default 1 MiB */
    maxBytes?: number;
  }): PartitionReader;
  /**
   * Every record from `from` (default: the log's start) to where the topic ended when the call was made; ends properly
   * when that tail is transaction markers, aborted records or compacted away.
   */
  readToEnd(options: {
    topic: string;
    partition: number;
    from?: bigint;
    isolation?: Isolation;
    signal?: AbortSignal;
  }): AsyncIterable<KafkaRecord>;
  /** Start and end of every partition of the topic, in order of partition. Throws TopicMissing. */
  topicOffsets(topic: string, signal?: AbortSignal): Promise<PartitionOffsets[]>;
  /** The topic's id as Kafka's tools write it (22 characters); changes when a topic is deleted and made again. */
  topicId(topic: string, signal?: AbortSignal): Promise<string>;
  /**
   * Whether compaction may take records of the topic away; undefined where we may not know (it takes the right
   * DescribeConfigs).
   */
  isCompacted(topic: string, signal?: AbortSignal): Promise<boolean | undefined>;
  /**
   * Tells Kafka how far `group` has read, so that its tools and dashboards show the lag. Nothing resumes from it: where
   * reading begins is the caller's to say (Delivery 5).
   */
  commitGroupOffsets(group: string, topic: string, offsets: ReadonlyMap<number, bigint>): Promise<void>;
  openPublisher(options: PublisherOptions): TransactionalPublisher;
  close(): Promise<void>;
}
