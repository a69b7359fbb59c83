import { KafkaError, OffsetOutOfRangeError, type Kafka } from '@tributary/kafka';
import type { TopicRecord } from '../encode/topic-record.ts';
import type { PartitionBounds, TopicView } from './topic-view.ts';

/**
 * The topic as a committed reader sees it. With the id of another topic than the one that has the name now it is gone:
 * offsets of the two have nothing to do with each other.
 */
export async function kafkaTopicView(
  kafka: Kafka,
  topic: string,
  topicId?: string,
  signal?: AbortSignal,
): Promise<TopicView> {
  const present = await presentId(kafka, topic, topicId, signal);
  if (present === undefined || (topicId !== undefined && topicId !== present))
    return goneTopic(topicId ?? '');
  const partitions = async (limit?: AbortSignal): Promise<PartitionBounds[]> => {
    const offsets = await kafka.topicOffsets(topic, limit);
    return offsets.map(({ partition, start, stableEnd }) => ({ partition, logStart: start, end: stableEnd }));
  };
  return {
    topicId: present,
    gone: false,
    compacted: (await kafka.isCompacted(topic, signal)) ?? false,
    partitions,
    async check(limit) {
      if ((await kafka.topicId(topic, limit)) !== present)
        throw new KafkaError('TopicMissing', `${topic} was made anew while it was audited: audit again`);
    },
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

/** Undefined where there is no such topic, though its id is known. */
async function presentId(
  kafka: Kafka,
  topic: string,
  known: string | undefined,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    return await kafka.topicId(topic, signal);
  } catch (error) {
    if (known !== undefined && error instanceof KafkaError && error.code === 'TopicMissing') return undefined;
    throw error;
  }
}

function goneTopic(topicId: string): TopicView {
  return {
    topicId,
    compacted: false,
    gone: true,
    partitions: async () => [],
    check: async () => undefined,
    async *read() {
      // It holds nothing any more.
    },
  };
}
