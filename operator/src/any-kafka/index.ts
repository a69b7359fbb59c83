export { AnyKafka, type AnyKafkaOutcome, type AnyKafkaRequest } from './any-kafka.ts';
export type { KeyedLogin } from './connection.ts';
export { removeFromKafka } from './remove.ts';
