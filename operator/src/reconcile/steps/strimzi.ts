import { strimziBroker, type Feed } from '../../plan/index.ts';
import type { FeedContext } from '../context.ts';
import type { KafkaAccess } from '../kafka-access.ts';
import { both } from './both.ts';
import { resolveKafka } from './kafka.ts';
import { ensureTopics } from './topics.ts';
import { ensureUsers } from './users.ts';

/** A Kafka that Strimzi runs: it makes the topics and the users. */
export async function useStrimzi(context: FeedContext, feed: Feed): Promise<KafkaAccess> {
  const cluster = await resolveKafka(context, feed);
  const [topicId, passwords] = await both(
    ensureTopics(context, feed, cluster),
    ensureUsers(context, feed, cluster),
  );
  return { broker: strimziBroker(feed, cluster), topicId, passwords };
}
