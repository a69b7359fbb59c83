import { KafkaError } from '@tributary/kafka';
import { ConsumerError } from '../errors.ts';
import { findTopic, type FoundTopic } from './find-topic.ts';
import { kafkaHealthOf } from './kafka-health.ts';
import type { Surroundings } from './prepare.ts';

const LOOK_EVERY_MS = 60_000;
/** A reader goes by the topic's id: of one that was made anew it says at once that it is missing. */
const LOOK_FOR_MISSING_EVERY_MS = 5_000;

/**
 * Rejects with `TopicChanged` once the topic was made anew or has other partitions; resolves at the signal. `onEnds` is
 * told where the partitions end, also of those that are not read.
 */
export async function watchTopic(
  around: Surroundings,
  known: FoundTopic,
  onEnds: (ends: FoundTopic['ends']) => void,
  signal: AbortSignal,
): Promise<void> {
  const { kafka, config, clock, log, state } = around;
  try {
    for (let waited = 0; ;) {
      await clock.sleep(LOOK_FOR_MISSING_EVERY_MS, signal);
      waited += LOOK_FOR_MISSING_EVERY_MS;
      if (waited < LOOK_EVERY_MS && state.kafka.reason !== 'TopicMissing') continue;
      waited = 0;
      try {
        const found = await findTopic(kafka, config.kafka, signal);
        if (found.topicId === known.topicId && found.partitions.length === known.partitions.length) {
          onEnds(found.ends);
          continue;
        }
        throw new ConsumerError(
          'TopicChanged',
          `topic ${config.kafka.topic} was made anew or has other partitions`,
        );
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error;
        log.warn(kafkaHealthOf(error), 'the topic could not be looked at'); // the read loop judges Kafka's health
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
