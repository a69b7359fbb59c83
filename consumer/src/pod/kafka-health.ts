import type { Health } from '@tributary/api';
import { KafkaError } from '@tributary/kafka';
import { ConsumerError } from '../errors.ts';

/** The codes of `@tributary/kafka` and our own are the reasons. */
export function kafkaHealthOf(error: unknown): Health {
  const reason =
    error instanceof KafkaError || error instanceof ConsumerError ? error.code : 'KafkaUnavailable';
  return { healthy: false, reason, message: error instanceof Error ? error.message : String(error) };
}

export const KAFKA_HEALTHY: Health = { healthy: true, reason: 'Reachable', message: 'records are read' };
