import { strimziBroker, type Feed } from '../../plan/index.ts';
import type { FeedContext } from '../context.ts';
import type { KafkaAccess } from '../kafka-access.ts';
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

/** Both run to their end, so that the conditions of both are told; then the first failure counts. */
async function both<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === 'rejected') throw a.reason;
  if (b.status === 'rejected') throw b.reason;
  return [a.value, b.value];
}
