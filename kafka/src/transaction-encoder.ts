import { KafkaError } from './errors.ts';
import { partitionOf } from './partitioner.ts';
import type { ProducerIdentity } from './producer-protocol.ts';
import { MAX_TRANSACTION_BYTES } from './publisher.ts';
import { RecordBatch } from './record-batch.ts';
import type { OutgoingRecord } from './records.ts';
import type { SpareBuffers } from './spare-buffers.ts';

/** Below the broker's default `message.max.bytes` of 1 MiB; a single larger record still goes alone. */
const MAX_BATCH_BYTES = 900_000;
const LARGEST_SEQUENCE = 0x7fffffff;
const FIRST_GUESS = 4_096;
/** Batches of one feed are much alike. */
const MORE_THAN_THE_LAST = 1.1;

export interface EncodedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly bytes: Buffer;
}

/** What is to be committed together. */
export interface EncodedTransaction {
  /** Of its records. */
  readonly count: number;
  /** Requests that follow each other, each with at most one batch of a partition. */
  readonly rounds: readonly (readonly EncodedBatch[])[];
}

/** Batches of one partition, the last of which is not full. */
interface Filling {
  readonly topic: string;
  readonly partition: number;
  readonly batches: RecordBatch[];
}

/**
 * Encodes transactions one after the other, their batches numbered on. A record is asked for, written and forgotten, so that a
 * page's worth of them never is in memory at once.
 */
export class TransactionEncoder {
  readonly #partitionsOf: (topic: string) => Promise<number>;
  readonly #spare: SpareBuffers;
  readonly #sequences = new Map<string, number>();
  /** Size of the last batch of each partition. */
  readonly #sizes = new Map<string, number>();
  /** Of the topics that have been written to. */
  readonly #topics = new Set<string>();
  #turn = 0;

  /** `partitionsOf` says how many a topic has now. */
  constructor(partitionsOf: (topic: string) => Promise<number>, spare: SpareBuffers) {
    this.#partitionsOf = partitionsOf;
    this.#spare = spare;
  }

  /** Another epoch begins its numbers anew. */
  restart(): void {
    this.#sequences.clear();
  }

  /** Throws TransactionTooLarge. `records` may be asked for more than once, but not after `signal`. */
  async encode(
    records: Iterable<OutgoingRecord>,
    identity: () => ProducerIdentity,
    signal?: AbortSignal,
  ): Promise<EncodedTransaction> {
    this.#turn += 1;
    for (;;) {
      const partitions = await this.#partitions();
      signal?.throwIfAborted();
      const filled = this.#filled(records, partitions);
      if (typeof filled !== 'string') return this.#numbered(filled, identity());
      // A topic that is written to for the first time.
      await this.#partitionsOf(filled);
      this.#topics.add(filled);
    }
  }

  async #partitions(): Promise<ReadonlyMap<string, number>> {
    const partitions = new Map<string, number>();
    for (const topic of this.#topics)
      try {
        partitions.set(topic, await this.#partitionsOf(topic));
      } catch {
        // Whoever writes to it will be told.
        this.#topics.delete(topic);
      }
    return partitions;
  }

  /** Or the name of a topic that is not known. */
  #filled(records: Iterable<OutgoingRecord>, partitions: ReadonlyMap<string, number>): Filling[] | string {
    const filled = new Map<string, Filling[]>();
    let bytes = 0;
    for (const record of records) {
      const { topic } = record;
      const count = partitions.get(topic);
      if (count === undefined) return topic;
      const own = filled.get(topic) ?? [];
      if (own.length === 0) filled.set(topic, own);
      const partition = count === 1 ? 0 : partitionOf(record.key, count, this.#turn);
      const { batches } = (own[partition] ??= { topic, partition, batches: [this.#batch(topic, partition)] });
      let batch = batches.at(-1) as RecordBatch;
      let before = batch.bytes;
      if (!batch.add(record, MAX_BATCH_BYTES)) {
        batch = this.#batch(topic, partition);
        before = batch.bytes;
        batch.add(record);
        batches.push(batch);
      }
      bytes += batch.bytes - before;
      if (bytes > MAX_TRANSACTION_BYTES)
        throw new KafkaError(
          'TransactionTooLarge',
          `${bytes} bytes and more do not fit into one transaction of ${MAX_TRANSACTION_BYTES}`,
        );
    }
    // By partition, of which some have none.
    return [...filled.values()].flatMap((own) => Object.values(own));
  }

  #batch(topic: string, partition: number): RecordBatch {
    return new RecordBatch(this.#spare.take(this.#sizes.get(`${topic}/${partition}`) ?? FIRST_GUESS));
  }

  /** A failure takes another epoch, and other numbers. */
  #numbered(filled: readonly Filling[], { id, epoch }: ProducerIdentity): EncodedTransaction {
    const timestamp = Date.now();
    const rounds: EncodedBatch[][] = [];
    let count = 0;
    for (const { topic, partition, batches } of filled) {
      const name = `${topic}/${partition}`;
      batches.forEach((batch, round) => {
        const firstSequence = this.#sequences.get(name) ?? 0;
        this.#sequences.set(name, nextSequence(firstSequence, batch.count));
        this.#sizes.set(name, Math.min(MAX_BATCH_BYTES, Math.ceil(batch.bytes * MORE_THAN_THE_LAST)));
        const bytes = batch.finish({ producerId: id, epoch, firstSequence, timestamp });
        (rounds[round] ??= []).push({ topic, partition, bytes });
        count += batch.count;
      });
    }
    return { count, rounds };
  }
}

/** Sequence numbers go on from 0 after the largest. */
export function nextSequence(sequence: number, count: number): number {
  return sequence > LARGEST_SEQUENCE - count ? count - (LARGEST_SEQUENCE - sequence) - 1 : sequence + count;
}
