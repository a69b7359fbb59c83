import { HEADERS } from '@tributary/api';
import { Kafka, type KafkaConfig, type Message } from 'kafkajs';

/** Eight fields, one of which needs quotes in CSV; about 200 bytes of JSON. */
export const COLUMNS = [
  { name: 'id', role: 'key', type: 'string' },
  { name: 'time', role: 'time', type: 'timestamp' },
  { name: 'symbol', role: 'dimension', type: 'string' },
  { name: 'price', role: 'measure', type: 'decimal(18,6)' },
  { name: 'volume', role: 'measure', type: 'long' },
  { name: 'venue', role: 'dimension', type: 'string' },
  { name: 'note', role: 'dimension', type: 'string' },
  { name: 'currency', role: 'dimension', type: 'string' },
] as const;

/** Below what a broker takes as one batch by default. */
const BATCH = 2_000;
const PER_POLL = 100_000;
const START_MS = Date.UTC(2026, 0, 1);

/** The record number `index`, always the same. */
export function message(index: number, observedAt = START_MS): Message {
  const id = `k${index % 10_007}`;
  const time = new Date(START_MS + index * 250).toISOString();
  return {
    key: JSON.stringify({ id }),
    value: JSON.stringify({
      id,
      time,
      symbol: `SYM${index % 500}`,
      price: (100 + ((index * 7_919) % 100_000) / 1_000).toFixed(6),
      volume: String((index * 104_729) % 1_000_000_007),
      venue: `XNY${index % 7}`,
      note: `block, "large" ${index % 1_000}`,
      currency: 'USD',
    }),
    headers: {
      [HEADERS.op]: 'upsert',
      [HEADERS.poll]: `poll-${Math.floor(index / PER_POLL)}`,
      [HEADERS.observedAt]: new Date(observedAt + Math.floor(index / PER_POLL) * 1_000).toISOString(),
      [HEADERS.eventTime]: time,
      [HEADERS.generation]: '1',
    },
  };
}

export async function publish(
  config: KafkaConfig,
  topic: string,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  const kafka = new Kafka({ ...config, retry: { retries: 10 } });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  try {
    for (let index = 0; index < count; index += BATCH) {
      signal.throwIfAborted();
      const messages = Array.from({ length: Math.min(BATCH, count - index) }, (_, step) =>
        message(index + step),
      );
      await producer.send({ topic, messages });
    }
  } finally {
    await producer.disconnect();
  }
}
