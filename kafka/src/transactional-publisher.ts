import kafkajs, { type Producer, type TopicMessages, type Transaction } from 'kafkajs';
import { abortable } from './abortable.ts';
import { CLIENT_RETRY, clientOptions } from './cluster.ts';
import type { KafkaConnectionOptions } from './connection-options.ts';
import { toKafkaError } from './error-mapping.ts';
import { KafkaError, PublishFailedError } from './errors.ts';
import {
  MAX_TRANSACTION_BYTES,
  MAX_TRANSACTION_MS,
  recordBytes,
  type PublisherOptions,
  type TransactionalPublisher,
} from './publisher.ts';
import type { OutgoingRecord } from './records.ts';

// Node sees only some of this CommonJS package's names, so they are taken from the whole.
const { Kafka: Kafkajs, Partitioners } = kafkajs;

const TRANSACTION_TIMEOUT_MS = 20_000;
/** A predecessor's open transaction is aborted by the broker within moments; more patience than for other requests. */
const OPEN_RETRY = { ...CLIENT_RETRY, retries: 12 };
/** Below the broker's default `message.max.bytes` of 1 MiB; a single larger record still goes alone. */
const MAX_BATCH_BYTES = 900_000;
/** The broker may still be writing the markers of the previous transaction; MAX_TRANSACTION_MS bounds it all. */
const PUBLISH_RETRY = { ...CLIENT_RETRY, maxRetryTime: 1_000, retries: 12 };
const ABORT_TIMEOUT_MS = 3_000;

/**
 * A kafkajs producer is used only as long as every transaction succeeded: after a failure its sequence numbers and
 * state machine no longer match the broker's, so `open` makes a new one, which also settles what was in doubt.
 */
export class KafkajsPublisher implements TransactionalPublisher {
  readonly #connection: KafkaConnectionOptions;
  readonly #options: PublisherOptions;
  #producer: Producer | undefined;
  #fenced: KafkaError | undefined;

  constructor(connection: KafkaConnectionOptions, options: PublisherOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  async open(signal?: AbortSignal): Promise<void> {
    if (this.#fenced !== undefined) throw this.#fenced;
    await this.#discard();
    const producer = new Kafkajs({ ...clientOptions(this.#connection), retry: OPEN_RETRY } as never).producer(
      {
        transactionalId: this.#options.transactionalId,
        transactionTimeout: this.#options.transactionTimeoutMs ?? TRANSACTION_TIMEOUT_MS,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        createPartitioner: Partitioners.DefaultPartitioner,
        retry: PUBLISH_RETRY,
      },
    );
    try {
      await abortable(initialise(producer), signal);
      this.#producer = producer;
    } catch (error) {
      void producer.disconnect().catch(() => undefined); // never became ours; nothing hangs on it
      signal?.throwIfAborted();
      throw this.#noteFencing(
        toKafkaError(error, `take over transactional id ${this.#options.transactionalId}`),
      );
    }
  }

  async publish(records: readonly OutgoingRecord[], signal?: AbortSignal): Promise<void> {
    if (this.#fenced !== undefined) throw this.#fenced;
    const producer = this.#producer;
    if (producer === undefined) throw new PublishFailedError('notCommitted', 'the publisher is not open');
    if (records.length === 0) return;
    const bytes = records.reduce((sum, record) => sum + recordBytes(record), 0);
    if (bytes > MAX_TRANSACTION_BYTES)
      throw new KafkaError(
        'TransactionTooLarge',
        `${bytes} bytes do not fit into one transaction of ${MAX_TRANSACTION_BYTES}`,
      );

    const deadline = AbortSignal.timeout(MAX_TRANSACTION_MS);
    const limit = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
    let transaction: Transaction | undefined;
    let committing = false;
    try {
      transaction = await abortable(producer.transaction(), limit);
      for (const batch of batches(records)) {
        await abortable(transaction.sendBatch({ topicMessages: byTopic(batch), acks: -1 }), limit);
        limit.throwIfAborted();
      }
      committing = true;
      await abortable(transaction.commit(), deadline);
    } catch (error) {
      this.#producer = undefined;
      const failure = this.#noteFencing(toKafkaError(error, `publish ${records.length} records`));
      const settled = committing ? false : transaction === undefined || (await aborted(transaction));
      void producer.disconnect().catch(() => undefined); // given up; the next open settles what it left
      signal?.throwIfAborted();
      if (failure.code !== 'KafkaUnavailable') throw failure;
      throw new PublishFailedError(settled ? 'notCommitted' : 'unknown', failure.message, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.#discard();
  }

  async #discard(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.disconnect();
  }

  #noteFencing(error: KafkaError): KafkaError {
    if (error.code === 'KafkaFenced') this.#fenced = error;
    return error;
  }
}

/** Connects and takes a producer id with a higher epoch; begun and ended without partitions, nothing reaches the log. */
async function initialise(producer: Producer): Promise<void> {
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.abort();
}

/** True when the broker has confirmed the abort; otherwise its timeout or the next open sees to it. */
async function aborted(transaction: Transaction): Promise<boolean> {
  try {
    await abortable(transaction.abort(), AbortSignal.timeout(ABORT_TIMEOUT_MS));
    return true;
  } catch {
    return false;
  }
}

/** kafkajs makes one record batch of all that goes to a partition at once, and brokers refuse large ones. */
function* batches(records: readonly OutgoingRecord[]): Generator<OutgoingRecord[]> {
  let batch: OutgoingRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = recordBytes(record);
    if (batch.length > 0 && bytes + size > MAX_BATCH_BYTES) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(record);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}

function byTopic(records: readonly OutgoingRecord[]): TopicMessages[] {
  return [...Map.groupBy(records, ({ topic }) => topic)].map(([topic, own]) => ({
    topic,
    messages: own.map(({ key, value, headers }) => ({ key, value, headers: { ...headers } })),
  }));
}
