import { setImmediate as othersTurn } from 'node:timers/promises';
import type Cluster from 'kafkajs/src/cluster/index.js';
import { abortable } from './abortable.ts';
import { createCluster } from './cluster.ts';
import type { KafkaConnectionOptions } from './connection-options.ts';
import { toKafkaError } from './error-mapping.ts';
import { KafkaError, PublishFailedError } from './errors.ts';
import { produce, type ProducerIdentity } from './producer-protocol.ts';
import { MAX_TRANSACTION_MS, type PublisherOptions, type TransactionalPublisher } from './publisher.ts';
import type { OutgoingRecord } from './records.ts';
import { SpareBuffers } from './spare-buffers.ts';
import { partitionLeaders } from './topic-metadata.ts';
import { transactionReached } from './transaction-steps.ts';
import { repeatedly, TransactionCoordinator } from './transaction-coordinator.ts';
import { TransactionEncoder, type EncodedBatch, type EncodedTransaction } from './transaction-encoder.ts';

const TRANSACTION_TIMEOUT_MS = 60_000;
/** A predecessor's open transaction is aborted by the broker within moments. */
const OPEN_WITHIN_MS = 30_000;
const ABORT_WITHIN_MS = 3_000;

/** Whose it is. */
interface Transaction extends EncodedTransaction {
  readonly identity: ProducerIdentity;
  readonly signal: AbortSignal | undefined;
}

/**
 * Transactions over kafkajs' connections. kafkajs' own transactional producer cannot renew its epoch without fencing
 * whoever has taken over meanwhile, gives up where the same request may be repeated, and encodes four times slower.
 *
 * After a failure the sequence numbers no longer match the broker's, so `open` takes the next epoch, which begins them
 * anew and settles what was in doubt.
 */
export class ClusterPublisher implements TransactionalPublisher {
  readonly #cluster: Cluster;
  readonly #options: PublisherOptions;
  readonly #coordinator: TransactionCoordinator;
  readonly #spare = new SpareBuffers();
  readonly #encoder: TransactionEncoder;
  /** Kept for as long as the process lives: what we had when another took over tells that it did. */
  #identity: ProducerIdentity | undefined;
  #ready = false;
  #fenced: KafkaError | undefined;
  /** Transactions of one id follow each other. */
  #last: Promise<void> = Promise.resolve();
  /** So do the numbers of their batches, which are given before. */
  #encoding: Promise<void> = Promise.resolve();

  constructor(connection: KafkaConnectionOptions, options: PublisherOptions) {
    this.#cluster = createCluster(connection);
    this.#options = options;
    this.#coordinator = new TransactionCoordinator(this.#cluster, options.transactionalId);
    this.#encoder = new TransactionEncoder(
      async (topic) => (await partitionLeaders(this.#cluster, topic)).size,
      this.#spare,
    );
  }

  async open(signal?: AbortSignal): Promise<void> {
    if (this.#fenced !== undefined) throw this.#fenced;
    this.#ready = false;
    const { transactionalId, transactionTimeoutMs = TRANSACTION_TIMEOUT_MS } = this.#options;
    const limit = within(OPEN_WITHIN_MS, signal);
    try {
      this.#identity =
        this.#identity === undefined
          ? await this.#coordinator.takeOver(transactionTimeoutMs, limit)
          : await this.#coordinator.renew(this.#identity, transactionTimeoutMs, limit);
      this.#encoder.restart();
      this.#ready = true;
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#noteFencing(toKafkaError(error, `take over transactional id ${transactionalId}`));
    }
  }

  publish(records: Iterable<OutgoingRecord>, signal?: AbortSignal): Promise<void> {
    try {
      signal?.throwIfAborted();
      const identity = this.#usable();
      const encoded = this.#encodedInTurn(records, identity, signal);
      const published = this.#inTurn(encoded, identity);
      this.#last = published.catch(() => undefined);
      return published;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /**
   * Whatever becomes of it is known before the one behind it begins: that one must not be committed without it, as the
   * state that it carries passes over it.
   */
  async #inTurn(encoded: Promise<Transaction | undefined>, identity: ProducerIdentity): Promise<void> {
    await this.#last;
    try {
      const transaction = await encoded;
      if (transaction !== undefined) await this.#commit(transaction);
    } catch (error) {
      if (this.#identity === identity) this.#ready = false;
      throw error;
    }
  }

  /** While the transaction before it is under way; nothing here keeps the records until that has ended. */
  #encodedInTurn(
    records: Iterable<OutgoingRecord>,
    identity: ProducerIdentity,
    signal: AbortSignal | undefined,
  ) {
    const encoded = this.#encoding.then(() => this.#encode(records, identity, signal));
    this.#encoding = encoded.then(
      () => undefined,
      () => undefined,
    );
    return encoded;
  }

  /** Undefined where there is nothing to commit. */
  async #encode(
    records: Iterable<OutgoingRecord>,
    identity: ProducerIdentity,
    signal: AbortSignal | undefined,
  ): Promise<Transaction | undefined> {
    const held = (): ProducerIdentity => {
      this.#assertHeld(identity);
      return identity;
    };
    try {
      const limit = within(MAX_TRANSACTION_MS, signal);
      const encoded = await abortable(this.#encoder.encode(records, held, limit), limit);
      return encoded.count === 0 ? undefined : { ...encoded, identity, signal };
    } catch (error) {
      signal?.throwIfAborted();
      throw failureOf(error, 'notCommitted');
    }
  }

  async #commit({ identity, rounds, signal }: Transaction): Promise<void> {
    signal?.throwIfAborted();
    this.#assertHeld(identity);
    const deadline = AbortSignal.timeout(MAX_TRANSACTION_MS);
    const limit = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    let committing = false;
    try {
      // What stands behind is encoded meanwhile: until the markers of the one before are written, this would be refused.
      await othersTurn();
      await this.#coordinator.addPartitions(identity, partitionsOf(rounds.flat()), limit);
      transactionReached('begun');
      for (const round of rounds) await this.#append(round, limit);
      transactionReached('appended');
      limit.throwIfAborted();
      committing = true;
      await this.#coordinator.end(identity, 'commit', deadline);
      transactionReached('committed');
    } catch (error) {
      this.#noteFencing(toKafkaError(error, 'publish'));
      const settled = !committing && (await this.#aborted(identity));
      signal?.throwIfAborted();
      throw failureOf(error, settled ? 'notCommitted' : 'unknown');
    }
  }

  #usable(): ProducerIdentity {
    if (this.#fenced !== undefined) throw this.#fenced;
    if (!this.#ready || this.#identity === undefined)
      throw new PublishFailedError('notCommitted', 'the publisher is not open');
    return this.#identity;
  }

  /** The numbers that were given to what waited are of the identity before. */
  #assertHeld(identity: ProducerIdentity): void {
    if (this.#usable() !== identity)
      throw new PublishFailedError('notCommitted', 'the publisher was opened again meanwhile');
  }

  async close(): Promise<void> {
    this.#ready = false;
    await this.#cluster.disconnect();
  }

  /** Repeats what got no answer under the same sequence numbers: the broker knows a batch that it has. */
  async #append(round: readonly EncodedBatch[], signal: AbortSignal): Promise<void> {
    let sentOnce = true;
    await repeatedly(signal, async () => {
      try {
        await this.#send(round);
      } catch (error) {
        sentOnce = false;
        // A leader may have moved, or its connection may be gone.
        await this.#cluster.refreshMetadata().catch(() => undefined);
        throw error;
      }
    });
    // An attempt that failed may be about to copy them yet, once its connection is there.
    if (sentOnce) for (const { bytes } of round) this.#spare.give(bytes);
  }

  async #send(encoded: readonly EncodedBatch[]): Promise<void> {
    const { transactionalId } = this.#options;
    const byLeader = new Map<number, Map<string, Map<number, Buffer>>>();
    for (const { topic, partition, bytes } of encoded) {
      const leader = (await partitionLeaders(this.#cluster, topic)).get(partition) ?? -1;
      const topics = byLeader.get(leader) ?? new Map<string, Map<number, Buffer>>();
      byLeader.set(leader, topics.set(topic, (topics.get(topic) ?? new Map()).set(partition, bytes)));
    }
    await Promise.all(
      [...byLeader].map(async ([nodeId, batches]) => {
        if (nodeId < 0) throw new KafkaError('KafkaUnavailable', 'a partition has no leader now');
        const broker = await this.#cluster.findBroker({ nodeId });
        await produce(broker, {
          transactionalId,
          timeoutMs: MAX_TRANSACTION_MS,
          batches,
          spare: this.#spare,
        });
      }),
    );
  }

  /** True when the broker has confirmed the abort; otherwise the next open or its timeout sees to it. */
  async #aborted(identity: ProducerIdentity): Promise<boolean> {
    if (this.#fenced !== undefined) return false;
    try {
      await this.#coordinator.end(identity, 'abort', AbortSignal.timeout(ABORT_WITHIN_MS));
      return true;
    } catch (error) {
      this.#noteFencing(toKafkaError(error, 'abort'));
      return false;
    }
  }

  #noteFencing(error: KafkaError): KafkaError {
    if (error.code === 'KafkaFenced') this.#fenced = error;
    return error;
  }
}

function failureOf(error: unknown, outcome: 'notCommitted' | 'unknown'): KafkaError {
  const failure = toKafkaError(error, 'publish');
  if (failure.code !== 'KafkaUnavailable') return failure;
  return new PublishFailedError(outcome, failure.message, { cause: error });
}

function within(ms: number, signal: AbortSignal | undefined): AbortSignal {
  const deadline = AbortSignal.timeout(ms);
  return signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
}

function partitionsOf(batches: readonly EncodedBatch[]): { topic: string; partitions: number[] }[] {
  return [...Map.groupBy(batches, ({ topic }) => topic)].map(([topic, own]) => ({
    topic,
    partitions: [...new Set(own.map(({ partition }) => partition))],
  }));
}
