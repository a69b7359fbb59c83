import type { BrokerConfig } from '@tributary/api';
import type { Kafka } from '@tributary/kafka';
import { ConsumerError } from '../errors.ts';

export interface FoundTopic {
  readonly topicId: string;
  readonly partitions: readonly number[];
  /** First offset of each that is not written yet. */
  readonly ends: ReadonlyMap<number, bigint>;
  /** Of which the topic does not keep every record that it ever had, as far as is known. */
  readonly incomplete: readonly number[];
}

/** The topic as the broker knows it. Throws `TopicChanged` when it is not the one that we were configured for. */
export async function findTopic(
  kafka: Kafka,
  config: BrokerConfig,
  signal: AbortSignal,
): Promise<FoundTopic> {
  const topicId = await kafka.topicId(config.topic, signal);
  if (config.topicId !== undefined && config.topicId !== topicId) {
    throw new ConsumerError(
      'TopicChanged',
      `topic ${config.topic} has the id ${topicId}, not ${config.topicId}: it was made anew; the operator's next config will name it`,
    );
  }
  const offsets = await kafka.topicOffsets(config.topic, signal);
  const compacted = (await kafka.isCompacted(config.topic, signal)) ?? true;
  return {
    topicId,
    partitions: offsets.map(({ partition }) => partition),
    ends: new Map(offsets.map(({ partition, end }) => [partition, end])),
    incomplete: offsets.filter(({ start }) => compacted || start > 0n).map(({ partition }) => partition),
  };
}
