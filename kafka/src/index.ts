export { consumerRights, KafkaAdmin, producerRights, type NewTopic, type Right } from './admin.ts';
export { connectKafka } from './connect-kafka.ts';
export { brokerConnection } from './connection-options.ts';
export type { KafkaConnectionOptions, KafkaLog } from './connection-options.ts';
export { KafkaError, OffsetOutOfRangeError, PartitionFailedError, PublishFailedError } from './errors.ts';
export type { KafkaErrorCode } from './errors.ts';
export { FetchedRecord, type RecordParts } from './fetched-record.ts';
export { FieldWriter, varintSize } from './field-writer.ts';
export type { Kafka, PartitionReader } from './kafka.ts';
export { patchIdleTimer } from './idle-patch.ts';
export { MAX_TRANSACTION_BYTES, MAX_TRANSACTION_MS, mostRecordBytes, recordBytes } from './publisher.ts';
export type { PublisherOptions, TransactionalPublisher } from './publisher.ts';
export type {
  FetchedRecords,
  Isolation,
  KafkaRecord,
  OutgoingRecord,
  PackedContent,
  PartitionOffsets,
} from './records.ts';
