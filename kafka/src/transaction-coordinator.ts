import type Cluster from 'kafkajs/src/cluster/index.js';
import type { Broker } from 'kafkajs/src/cluster/index.js';
import { abortable } from './abortable.ts';
import { brokerErrorType, toKafkaError } from './error-mapping.ts';
import { KafkaError } from './errors.ts';
import { initProducerId, type ProducerIdentity } from './producer-protocol.ts';

const TRANSACTION_COORDINATOR = 1;
const SHORTEST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 500;
/** Answers that change by waiting: a transaction is being settled, or the coordinator is moving. */
const PASSING = new Set(['CONCURRENT_TRANSACTIONS', 'NOT_COORDINATOR_FOR_GROUP', 'GROUP_LOAD_IN_PROGRESS']);

/** The broker that keeps the books of one transactional id. Every request may be repeated, so all are until the signal. */
export class TransactionCoordinator {
  readonly #cluster: Cluster;
  readonly #transactionalId: string;
  #broker: Broker | undefined;

  constructor(cluster: Cluster, transactionalId: string) {
    this.#cluster = cluster;
    this.#transactionalId = transactionalId;
  }

  /** Fences whoever had the id before, and settles its transaction. */
  takeOver(timeoutMs: number, signal: AbortSignal): Promise<ProducerIdentity> {
    return this.#initialise(undefined, timeoutMs, signal);
  }

  /**
   * The next epoch for the producer that is `held`, its transaction aborted. Throws KafkaFenced once another has taken
   * over, without touching what that one does: aborting by our own epoch is refused then, whereas InitProducerId alone
   * would end a transaction that the other has just begun.
   */
  async renew(held: ProducerIdentity, timeoutMs: number, signal: AbortSignal): Promise<ProducerIdentity> {
    await this.end(held, 'abort', signal).catch((error: unknown) => {
      // Nothing of ours is open; or the broker has forgotten an id that was idle for days, and gives another.
      const type = brokerErrorType(error);
      if (type !== 'INVALID_TXN_STATE' && type !== 'INVALID_PRODUCER_ID_MAPPING') throw error;
    });
    return this.#initialise(held, timeoutMs, signal);
  }

  addPartitions(
    { id, epoch }: ProducerIdentity,
    topics: { topic: string; partitions: number[] }[],
    signal: AbortSignal,
  ): Promise<void> {
    return this.#ask(signal, async (broker) => {
      await broker.addPartitionsToTxn({
        transactionalId: this.#transactionalId,
        producerId: id.toString(),
        producerEpoch: epoch,
        topics,
      });
    });
  }

  end({ id, epoch }: ProducerIdentity, outcome: 'commit' | 'abort', signal: AbortSignal): Promise<void> {
    return this.#ask(signal, async (broker) => {
      await broker.endTxn({
        transactionalId: this.#transactionalId,
        producerId: id.toString(),
        producerEpoch: epoch,
        transactionResult: outcome === 'commit',
      });
    });
  }

  #initialise(held: ProducerIdentity | undefined, timeoutMs: number, signal: AbortSignal) {
    return this.#ask(signal, (broker) =>
      initProducerId(broker, { transactionalId: this.#transactionalId, timeoutMs, held }),
    );
  }

  async #ask<T>(signal: AbortSignal, request: (broker: Broker) => Promise<T>): Promise<T> {
    return repeatedly(signal, async () => {
      try {
        this.#broker ??= await this.#find();
        return await request(this.#broker);
      } catch (error) {
        if (brokerErrorType(error) !== 'CONCURRENT_TRANSACTIONS') this.#broker = undefined;
        throw error;
      }
    });
  }

  async #find(): Promise<Broker> {
    await this.#cluster.connect();
    // Without any, kafkajs first fails to find a broker to ask, and then waits before it tries again.
    await this.#cluster.refreshMetadataIfNecessary();
    return this.#cluster.findGroupCoordinator({
      groupId: this.#transactionalId,
      coordinatorType: TRANSACTION_COORDINATOR,
    });
  }
}

/** Tries until it succeeds, fails for good, or the signal ends it; then with the last failure, which says more than the signal. */
export async function repeatedly<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  let failure: unknown;
  for (let waitMs = SHORTEST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await abortable(work(), signal);
    } catch (error) {
      if (signal.aborted) throw failure ?? error;
      if (!passes(error)) throw error;
      failure = error;
    }
    await abortable(new Promise((resolve) => setTimeout(resolve, waitMs)), signal).catch(() => {
      throw failure;
    });
  }
}

function passes(error: unknown): boolean {
  if (error instanceof KafkaError) return error.code === 'KafkaUnavailable';
  const type = brokerErrorType(error);
  if (type === undefined) return toKafkaError(error, 'ask').code === 'KafkaUnavailable';
  return PASSING.has(type) || (error as { retriable?: unknown }).retriable === true;
}
