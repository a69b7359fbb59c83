import type { KafkaRecord } from '@tributary/kafka';

/** One record of the feed's topic as an audit sees it. */
export type TopicRecord = Omit<KafkaRecord, 'topic'>;
