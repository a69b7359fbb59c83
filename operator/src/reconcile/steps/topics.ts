import { isReady, planTopics, whyNotReady, type Feed, type StrimziCluster } from '../../plan/index.ts';
import type { FeedContext } from '../context.ts';
import { StallError, WaitError } from '../errors.ts';

/** Makes the three topics; returns the id of the records topic once Strimzi has it. */
export async function ensureTopics(
  { env, draft, signal }: FeedContext,
  feed: Feed,
  cluster: StrimziCluster,
): Promise<string> {
  const planned = planTopics(feed, cluster);
  refuseFewerPartitions(env.caches.topics.get(planned[0]?.metadata.name ?? '', cluster.namespace), feed);
  const topics = await Promise.all(
    planned.map((topic) => env.children.ensure(env.caches.topics, topic, feed, signal)),
  );
  for (const topic of topics) {
    if (isReady(topic)) continue;
    const { name, namespace } = topic.metadata;
    const message = `KafkaTopic ${namespace}/${name} is not Ready${whyNotReady(topic)}`;
    draft.set('TopicReady', 'False', 'TopicNotReady', message);
    throw new WaitError('TopicNotReady', message);
  }
  const [records] = topics;
  const topicId = records?.status?.topicId;
  if (records === undefined || topicId === undefined) {
    draft.set('TopicReady', 'False', 'TopicNotReady', 'Strimzi does not tell the topic id yet.');
    throw new WaitError('TopicNotReady', 'Strimzi does not tell the topic id yet.');
  }
  draft.set('TopicReady', 'True', 'TopicsReady', 'The topics of records, state and dead letters are ready.');
  draft.report({
    topic: { name: records.metadata.name, id: topicId, partitions: feed.spec.kafka.topic.partitions },
  });
  return topicId;
}

/** Kafka cannot take partitions away; Strimzi would refuse it for ever. */
function refuseFewerPartitions(observed: { spec?: { partitions?: number } } | undefined, feed: Feed): void {
  const has = observed?.spec?.partitions ?? 0;
  const wants = feed.spec.kafka.topic.partitions;
  if (has > wants)
    throw new StallError(
      'PartitionsCannotShrink',
      `spec.kafka.topic.partitions: the topic has ${has} and cannot go down to ${wants}`,
    );
}
