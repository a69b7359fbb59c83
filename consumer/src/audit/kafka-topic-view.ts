import { OffsetOutOfRangeError, type Kafka } from '@tributary/kafka';
import type { TopicRecord } from '../encode/topic-record.ts';
import type { PartitionBounds, TopicView } from './topic-view.ts';

/** The topic as a committed reader sees it. */
export async function kafkaTopicView(
  kafka: Kafka,
  topic: string,
  topicId?: string,
  signal?: AbortSignal,
): Promise<TopicView> {
  const partitions = async (limit?: AbortSignal): Promise<PartitionBounds[]> => {
    const offsets = await kafka.topicOffsets(topic, limit);
    return offsets.map(({ partition, start, stableEnd }) => ({ partition, logStart: start, end: stableEnd }));
  };
  return {
    topicId: topicId ?? (await kafka.topicId(topic, signal)),
    compacted: (await kafka.isCompacted(topic, signal)) ?? false,
    partitions,
    async *read(partition, from, to, limit): AsyncGenerator<TopicRecord, void, undefined> {
      for (let start = from; start < to;) {
        try {
          const options = {
            topic,
            partition,
            from: start,
            ...(limit === undefined ? {} : { signal: limit }),
          };
          for await (const record of kafka.readToEnd(options)) {
            if (record.offset >= to) return;
            start = record.offset + 1n;
            yield record;
          }
          return;
        } catch (error) {
          // Retention overtook us: what it took is not there to be compared.
          if (!(error instanceof OffsetOutOfRangeError) || error.logStart <= start) throw error;
          start = error.logStart;
        }
      }
    },
  };
}
