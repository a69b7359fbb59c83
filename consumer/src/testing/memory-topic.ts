import {
  KafkaError,
  OffsetOutOfRangeError,
  PartitionFailedError,
  type FetchedRecord,
  type FetchedRecords,
  type Kafka,
  type KafkaRecord,
  type PartitionReader,
} from '@tributary/kafka';
import type { PartitionBounds, TopicView } from '../audit/topic-view.ts';
import { layOut } from './lay-out.ts';

/** A topic whose log a test writes itself: behind the same seam as the broker's, for thousands of histories a minute. */
export class MemoryTopic {
  readonly name: string;
  /** Whether an audit is told that compaction may take records away. */
  compacted = false;
  /** What becomes of a fetch: it works, fails, or never ends. */
  fetches: 'work' | 'fail' | 'hang' = 'work';
  /** Partitions that cannot be read, whatever the others do. */
  readonly unreadable = new Set<number>();
  /** Which partitions the last fetches asked for. */
  readonly asked: (readonly number[])[] = [];
  /** Of the records that are appended. */
  eventTime = '';
  topicId = 'memory-topic-id-000000';
  #logs: FetchedRecord[][] = [];
  #starts: bigint[] = [];
  #ends: bigint[] = [];

  constructor(name: string, partitions = 1) {
    this.name = name;
    this.#empty(partitions);
  }

  /** As after a deletion: empty, and with another id. */
  recreate(topicId: string, partitions = 1): void {
    this.topicId = topicId;
    this.#empty(partitions);
  }

  #empty(partitions: number): void {
    this.#logs = Array.from({ length: partitions }, () => []);
    this.#starts = Array.from({ length: partitions }, () => 0n);
    this.#ends = Array.from({ length: partitions }, () => 0n);
  }

  /** Offsets that no reader is given: of an aborted transaction, with its marker. */
  appendAborted(partition: number, count: number): void {
    this.#ends[partition] = (this.#ends[partition] ?? 0n) + BigInt(count) + 1n;
  }

  /** Removes the records whose offsets are chosen, as compaction does: start and end of the log stay. */
  compact(partition: number, gone: (offset: bigint) => boolean): void {
    this.#logs[partition] = this.#logs[partition]?.filter(({ offset }) => !gone(offset)) ?? [];
  }

  /** Appends records and, as a transaction does, a marker behind them that no reader is given. */
  append(partition: number, values: readonly string[]): void {
    for (const value of values) {
      const offset = this.#ends[partition] ?? 0n;
      this.#logs[partition]?.push(
        layOut({
          topic: this.name,
          partition,
          offset,
          key: Buffer.from('{"id":"1"}'),
          value: Buffer.from(JSON.stringify({ id: '1', value })),
          headers: new Map([
            ['observed_at', '2026-01-02T03:04:05.000Z'],
            ['event_time', this.eventTime],
          ]),
          timestamp: 0,
        }),
      );
      this.#ends[partition] = offset + 1n;
    }
    this.#ends[partition] = (this.#ends[partition] ?? 0n) + 1n;
  }

  truncate(partition: number, before: bigint): void {
    this.#starts[partition] = before;
    this.#logs[partition] = this.#logs[partition]?.filter(({ offset }) => offset >= before) ?? [];
  }

  view(): TopicView {
    const read = (partition: number, from: bigint, to: bigint): Iterable<KafkaRecord> =>
      this.#slice(partition, from).filter(({ offset }) => offset < to);
    const { topicId } = this;
    return {
      topicId,
      compacted: this.compacted,
      gone: false,
      partitions: async () => this.#bounds(),
      check: async () => {
        if (this.topicId !== topicId) throw new KafkaError('TopicMissing', `${this.name} was made anew`);
      },
      async *read(partition, from, to) {
        yield* read(partition, from, to);
      },
    };
  }

  kafka(): Kafka {
    const slice = (partition: number, from: bigint): KafkaRecord[] => this.#slice(partition, from);
    async function* read(partition: number, from: bigint): AsyncGenerator<KafkaRecord, void, undefined> {
      yield* slice(partition, from);
    }
    const unused = (): never => {
      throw new Error('a consumer does not publish');
    };
    return {
      check: async () => undefined,
      topicId: async () => this.topicId,
      topicOffsets: async () =>
        this.#bounds().map(({ partition, logStart, end }) => ({
          partition,
          start: logStart,
          end,
          stableEnd: end,
        })),
      openReader: ({ from, topicId = this.topicId }) => this.#reader(topicId, new Map(from)),
      isCompacted: async () => this.compacted,
      commitGroupOffsets: async () => undefined,
      readToEnd: ({ partition, from = 0n }) => read(partition, from),
      openPublisher: unused,
      close: async () => undefined,
    };
  }

  #reader(topicId: string, positions: Map<number, bigint>): PartitionReader {
    return {
      positions: () => positions,
      seek: (partition, offset) => void positions.set(partition, offset),
      close: async () => undefined,
      poll: async ({ partitions = [...positions.keys()], signal }) => {
        signal?.throwIfAborted();
        if (this.fetches === 'fail') throw new KafkaError('KafkaUnavailable', 'the broker is away');
        if (this.topicId !== topicId) throw new KafkaError('TopicMissing', `no topic has the id ${topicId}`);
        if (this.fetches === 'hang')
          await new Promise((_, reject) => signal?.addEventListener('abort', reject));
        this.asked.push(partitions);
        const fetched = partitions
          .filter((each) => !this.unreadable.has(each))
          .map((each) => this.#fetch(each, positions))
          .filter((it) => it !== undefined);
        // A short wait for more stands for the broker's long poll.
        const failed = partitions.find((each) => this.unreadable.has(each));
        if (fetched.length === 0 && failed !== undefined)
          throw new PartitionFailedError(failed, new KafkaError('RecordUnreadable', 'no such codec'));
        if (fetched.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
        return fetched;
      },
    };
  }

  #fetch(partition: number, positions: Map<number, bigint>): FetchedRecords | undefined {
    const requested = positions.get(partition) ?? 0n;
    const [logStart = 0n, logEnd = 0n] = [this.#starts[partition], this.#ends[partition]];
    if (requested < logStart || requested > logEnd) {
      throw new OffsetOutOfRangeError({ topic: this.name, partition, requested, logStart, logEnd });
    }
    if (requested === logEnd) return undefined;
    positions.set(partition, logEnd);
    return {
      partition,
      records: this.#slice(partition, requested),
      nextOffset: logEnd,
      logStartOffset: logStart,
      lastStableOffset: logEnd,
      highWatermark: logEnd,
    };
  }

  #slice(partition: number, from: bigint): FetchedRecord[] {
    return this.#logs[partition]?.filter(({ offset }) => offset >= from) ?? [];
  }

  #bounds(): PartitionBounds[] {
    return this.#logs.map((_, partition) => ({
      partition,
      logStart: this.#starts[partition] ?? 0n,
      end: this.#ends[partition] ?? 0n,
    }));
  }
}
