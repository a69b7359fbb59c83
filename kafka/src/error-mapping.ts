import { KafkaError, type KafkaErrorCode } from './errors.ts';

const BY_TYPE: Readonly<Record<string, KafkaErrorCode>> = {
  INVALID_PRODUCER_EPOCH: 'KafkaFenced',
  PRODUCER_FENCED: 'KafkaFenced',
  UNKNOWN_TOPIC_OR_PARTITION: 'TopicMissing',
  INVALID_TOPIC_EXCEPTION: 'TopicMissing',
  SASL_AUTHENTICATION_FAILED: 'KafkaAuthFailed',
  ILLEGAL_SASL_STATE: 'KafkaAuthFailed',
  UNSUPPORTED_SASL_MECHANISM: 'KafkaAuthFailed',
  MESSAGE_TOO_LARGE: 'TransactionTooLarge',
  RECORD_LIST_TOO_LARGE: 'TransactionTooLarge',
};

/** What the broker answered, found below the wrappers that kafkajs puts around an error it has retried. */
export function brokerErrorType(error: unknown): string | undefined {
  for (const link of causes(error)) {
    const type = (link as { type?: unknown }).type;
    if (typeof type === 'string') return type;
  }
  return undefined;
}

/** Turns whatever kafkajs throws into one of ours; ours pass through. `doing` is for the message: "publish to a.b". */
export function toKafkaError(error: unknown, doing: string): KafkaError {
  if (error instanceof KafkaError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new KafkaError(codeOf(error), `could not ${doing}: ${reason}`, { cause: error });
}

function codeOf(error: unknown): KafkaErrorCode {
  const type = brokerErrorType(error);
  if (type !== undefined) {
    if (type.endsWith('AUTHORIZATION_FAILED')) return 'KafkaForbidden';
    const code = BY_TYPE[type];
    if (code !== undefined) return code;
  }
  const names = causes(error).map((link) => (link as { name?: unknown }).name);
  if (names.includes('KafkaJSSASLAuthenticationError')) return 'KafkaAuthFailed';
  return 'KafkaUnavailable';
}

function causes(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let link: unknown = error; link instanceof Error && chain.length < 10; link = link.cause)
    chain.push(link);
  return chain;
}
