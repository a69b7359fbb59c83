import type { KafkaRecord } from '@tributary/kafka';

/** One record of the feed's topic as the encoder sees it. */
export type TopicRecord = Omit<KafkaRecord, 'topic'>;
