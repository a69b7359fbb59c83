export type * from './generated/kafka.ts';
export type * from './generated/kafka-node-pool.ts';
export type * from './generated/kafka-topic.ts';
export type * from './generated/kafka-user.ts';
export type { ObjectMeta } from './object-meta.ts';
export * from './resources.ts';
