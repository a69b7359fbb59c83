import type Cluster from 'kafkajs/src/cluster/index.js';
import protocolErrors from 'kafkajs/src/protocol/error.js';
import { abortable } from './abortable.ts';
import { toKafkaError } from './error-mapping.ts';
import { KafkaError, OffsetOutOfRangeError, PartitionFailedError } from './errors.ts';
import { fetchFrom, readBatches, type RawPartition } from './fetch-protocol.ts';
import type { PartitionReader } from './kafka.ts';
import type { FetchedRecords, Isolation } from './records.ts';
import { partitionLeaders, refreshAfter, topicId, topicOffsets } from './topic-metadata.ts';

const OFFSET_OUT_OF_RANGE = 1;
/** Neither is in kafkajs' table of errors. Also told for a moment by a broker that has just started. */
const [UNKNOWN_TOPIC_ID, INCONSISTENT_TOPIC_ID] = [100, 103];
/** One answer is being worked on while the next one is on its way; larger ones cost memory and gain nothing. */
const DEFAULT_MAX_BYTES = 1024 * 1024;

interface PendingFetch {
  from: ReadonlyMap<number, bigint>;
  /** Never rejects: what becomes of one leader concerns its partitions alone. */
  answer: Promise<{ nodeId: number; partitions: RawPartition[]; failure?: unknown }>;
}

/** One long poll per leader at a time; each answers for itself, so a quiet leader holds no busy one up. */
export class ClusterPartitionReader implements PartitionReader {
  readonly #cluster: Cluster;
  readonly #topic: string;
  /** Of the topic that is read, whatever becomes of its name; looked up by the first poll where it was not given. */
  #topicId: string | undefined;
  readonly #isolation: Isolation;
  readonly #maxBytes: number;
  readonly #until: bigint | undefined;
  readonly #positions: Map<number, bigint>;
  readonly #pending = new Map<number, PendingFetch>();
  #ahead = Promise.resolve();
  /** Of partitions; records of others are delivered first, and each poll tells one. */
  readonly #failures = new Map<number, KafkaError>();

  constructor(
    cluster: Cluster,
    options: {
      topic: string;
      topicId?: string | undefined;
      from: ReadonlyMap<number, bigint>;
      isolation?: Isolation;
      maxBytes?: number;
      /** Nothing is asked for ahead from here on. @default nowhere */
      until?: bigint;
    },
  ) {
    this.#cluster = cluster;
    this.#topic = options.topic;
    this.#topicId = options.topicId;
    this.#isolation = options.isolation ?? 'read_committed';
    this.#maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#until = options.until;
    this.#positions = new Map(options.from);
  }

  positions(): ReadonlyMap<number, bigint> {
    return this.#positions;
  }

  seek(partition: number, offset: bigint): void {
    this.#positions.set(partition, offset);
  }

  async poll(options: {
    maxWaitMs: number;
    partitions?: readonly number[];
    signal?: AbortSignal;
  }): Promise<FetchedRecords[]> {
    const { maxWaitMs, signal } = options;
    signal?.throwIfAborted();
    const wanted = options.partitions ?? [...this.#positions.keys()];
    if (wanted.length === 0) return [];
    this.#tellFailure(wanted);
    try {
      await abortable(this.#startFetches(wanted, maxWaitMs), signal);
    } catch (error) {
      signal?.throwIfAborted();
      this.#pending.clear();
      await refreshAfter(this.#cluster);
      throw toKafkaError(error, `read ${this.#topic}`);
    }
    const answers = [...this.#pending.values()].map(({ answer }) => answer);
    // None: every partition is without a leader.
    const accepted =
      answers.length === 0 ? [] : await this.#take(await abortable(Promise.race(answers), signal), wanted);
    if (accepted.length > 0) this.#fetchAhead(this.#short(wanted), maxWaitMs);
    else this.#tellFailure(wanted);
    return accepted;
  }

  async close(): Promise<void> {
    await this.#ahead; // it would connect again
    this.#pending.clear();
    await this.#cluster.disconnect();
  }

  async #startFetches(wanted: readonly number[], maxWaitMs: number): Promise<void> {
    const leaders = await partitionLeaders(this.#cluster, this.#topic);
    const id = (this.#topicId ??= await topicId(this.#cluster, this.#topic));
    for (const [nodeId, partitions] of Map.groupBy(wanted, (partition) => leaders.get(partition) ?? -1)) {
      if (nodeId < 0) {
        for (const each of partitions)
          this.#fail(each, new KafkaError('KafkaUnavailable', `${this.#topic}[${each}] has no leader now`));
        continue;
      }
      if (this.#pending.has(nodeId)) continue;
      const from = new Map(partitions.map((partition) => [partition, this.#positions.get(partition) ?? 0n]));
      const answer = this.#fetch(nodeId, id, from, maxWaitMs).then(
        (answered) => ({ nodeId, partitions: answered }),
        (failure: unknown) => ({ nodeId, partitions: [], failure }),
      );
      this.#pending.set(nodeId, { from, answer });
    }
    if (wanted.some((partition) => (leaders.get(partition) ?? -1) < 0)) await refreshAfter(this.#cluster);
  }

  /** Those that have not come to where the reading ends. */
  #short(wanted: readonly number[]): readonly number[] {
    const until = this.#until;
    return until === undefined
      ? wanted
      : wanted.filter((partition) => (this.#positions.get(partition) ?? 0n) < until);
  }

  /** The broker answers while the caller works. Should a seek or a pause come first, the answer is not used. */
  #fetchAhead(wanted: readonly number[], maxWaitMs: number): void {
    // What fails here fails again in the next poll, which reports it.
    this.#ahead = this.#startFetches(wanted, maxWaitMs).catch(() => undefined);
  }

  async #fetch(
    nodeId: number,
    id: string,
    from: ReadonlyMap<number, bigint>,
    maxWaitMs: number,
  ): Promise<RawPartition[]> {
    const broker = await this.#cluster.findBroker({ nodeId });
    try {
      return await fetchFrom(broker, {
        topicId: id,
        positions: from,
        maxWaitMs,
        maxBytes: this.#maxBytes,
        isolation: this.#isolation,
      });
    } catch (error) {
      this.#cluster.removeBroker(broker.connectionPool);
      throw error;
    }
  }

  /** What an answer brought that is still wanted. */
  async #take(
    { nodeId, partitions, failure }: Awaited<PendingFetch['answer']>,
    wanted: readonly number[],
  ): Promise<FetchedRecords[]> {
    const from = this.#pending.get(nodeId)?.from ?? new Map<number, bigint>();
    this.#pending.delete(nodeId);
    const failedBefore = this.#failures.size;
    if (failure !== undefined) for (const partition of from.keys()) this.#fail(partition, failure);
    const fetched: FetchedRecords[] = [];
    for (const raw of partitions) {
      const { partition } = raw;
      const position = from.get(partition);
      // A seek or a pause since the fetch began: what it brought is fetched again when it is wanted.
      if (
        position === undefined ||
        position !== this.#positions.get(partition) ||
        !wanted.includes(partition)
      )
        continue;
      try {
        const read = await this.#read(raw, position);
        if (read.nextOffset !== position) fetched.push(read);
      } catch (error) {
        this.#fail(partition, error);
      }
    }
    // Leaders may have moved.
    if (this.#failures.size > failedBefore) await refreshAfter(this.#cluster);
    for (const { partition, nextOffset } of fetched) this.#positions.set(partition, nextOffset);
    return fetched;
  }

  #fail(partition: number, error: unknown): void {
    this.#failures.set(partition, toKafkaError(error, `read ${this.#topic}`));
  }

  /** What concerns the whole topic is told as it is. */
  #tellFailure(wanted: readonly number[]): void {
    for (const [partition, failure] of this.#failures) {
      this.#failures.delete(partition);
      if (!wanted.includes(partition)) continue;
      if (failure instanceof OffsetOutOfRangeError || failure.code === 'TopicMissing') throw failure;
      throw new PartitionFailedError(partition, failure);
    }
  }

  async #read(raw: RawPartition, position: bigint): Promise<FetchedRecords> {
    const { partition, errorCode, logStartOffset, lastStableOffset, highWatermark } = raw;
    if (errorCode === OFFSET_OUT_OF_RANGE) throw await this.#outOfRange(partition, position);
    if (errorCode === UNKNOWN_TOPIC_ID || errorCode === INCONSISTENT_TOPIC_ID) throw this.#missing();
    if (protocolErrors.failure(errorCode)) throw protocolErrors.createErrorFromCode(errorCode);
    const { records, nextOffset } = await readBatches(this.#topic, raw, position, this.#isolation);
    return { partition, records, nextOffset, logStartOffset, lastStableOffset, highWatermark };
  }

  #missing(): KafkaError {
    return new KafkaError('TopicMissing', `there is no topic ${this.#topic} with the id ${this.#topicId}`);
  }

  async #outOfRange(partition: number, requested: bigint): Promise<OffsetOutOfRangeError> {
    const offsets = await topicOffsets(this.#cluster, this.#topic);
    // Offsets are asked by the name, which may be another topic's by now.
    const present = await topicId(this.#cluster, this.#topic);
    const found = offsets.find((candidate) => candidate.partition === partition);
    if (present !== this.#topicId || found === undefined) throw this.#missing();
    const { start, end } = found;
    return new OffsetOutOfRangeError({
      topic: this.#topic,
      partition,
      requested,
      logStart: start,
      logEnd: end,
    });
  }
}
