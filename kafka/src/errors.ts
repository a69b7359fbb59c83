/**
 * Stable codes, by what the caller must do:
 * - `KafkaUnavailable`, `KafkaPublishFailed`: try again with back-off;
 * - `KafkaFenced`: stop, another producer has taken over;
 * - `KafkaAuthFailed`, `KafkaForbidden`, `TopicMissing`: wait for credentials, rights or topic, and report;
 * - `OffsetOutOfRange`, `RecordUnreadable`, `TransactionTooLarge`: report, repeating changes nothing.
 */
export type KafkaErrorCode =
  | 'KafkaUnavailable'
  | 'KafkaPublishFailed'
  | 'KafkaFenced'
  | 'KafkaAuthFailed'
  | 'KafkaForbidden'
  | 'TopicMissing'
  | 'OffsetOutOfRange'
  | 'RecordUnreadable'
  | 'TransactionTooLarge';

export class KafkaError extends Error {
  override readonly name: string = 'KafkaError';
  readonly code: KafkaErrorCode;

  constructor(code: KafkaErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** True when the same call can succeed later without anybody changing anything. */
  get retriable(): boolean {
    return this.code === 'KafkaUnavailable' || this.code === 'KafkaPublishFailed';
  }
}

/** The position asked for is not in the log: before its start (retention took it) or beyond its end. */
export class OffsetOutOfRangeError extends KafkaError {
  override readonly name = 'OffsetOutOfRangeError';
  readonly topic: string;
  readonly partition: number;
  readonly requested: bigint;
  readonly logStart: bigint;
  readonly logEnd: bigint;

  constructor(where: {
    topic: string;
    partition: number;
    requested: bigint;
    logStart: bigint;
    logEnd: bigint;
  }) {
    const { topic, partition, requested, logStart, logEnd } = where;
    super(
      'OffsetOutOfRange',
      `offset ${requested} of ${topic}[${partition}] is not in the log, which holds ${logStart} to ${logEnd}`,
    );
    this.topic = topic;
    this.partition = partition;
    this.requested = requested;
    this.logStart = logStart;
    this.logEnd = logEnd;
  }
}

/** One partition cannot be read now, with the code of its cause; the others can. */
export class PartitionFailedError extends KafkaError {
  override readonly name = 'PartitionFailedError';
  readonly partition: number;

  constructor(partition: number, cause: KafkaError) {
    super(cause.code, cause.message, { cause });
    this.partition = partition;
  }
}

/**
 * A transaction did not (or may not) have been committed. Its publisher must be reopened, and what depends on the
 * outcome must be read again from the topic: reopening settles it either way.
 */
export class PublishFailedError extends KafkaError {
  override readonly name = 'PublishFailedError';
  readonly outcome: 'notCommitted' | 'unknown';

  constructor(outcome: 'notCommitted' | 'unknown', message: string, options?: ErrorOptions) {
    super('KafkaPublishFailed', message, options);
    this.outcome = outcome;
  }
}
