import { isReady, planTopics, whyNotReady, type Feed, type StrimziCluster } from '../../plan/index.ts';
import type { FeedContext } from '../context.ts';
import { StallError, WaitError, WHILE_STRIMZI_IS_SILENT } from '../errors.ts';

/** Makes the three topics; returns the id of the records topic once Strimzi has it. */
export async function ensureTopics(
  context: FeedContext,
  feed: Feed,
  cluster: StrimziCluster,
): Promise<string> {
  try {
    return await makeTopics(context, feed, cluster);
  } catch (error) {
    if (error instanceof StallError || error instanceof WaitError)
      context.draft.set('TopicReady', 'False', error.reason, error.message);
    throw error;
  }
}

async function makeTopics(context: FeedContext, feed: Feed, cluster: StrimziCluster): Promise<string> {
  const { env, draft, signal } = context;
  const planned = planTopics(feed, cluster);
  refuseFewerPartitions(env.caches.topics.get(planned[0]?.metadata.name ?? '', cluster.namespace), feed);
  const topics = await Promise.all(
    planned.map((topic) => env.children.ensure(env.caches.topics, topic, feed, signal)),
  );
  for (const topic of topics) {
    if (isReady(topic)) continue;
    const { name, namespace } = topic.metadata;
    const why = whyNotReady(topic);
    throw new WaitError(
      'TopicNotReady',
      `KafkaTopic ${namespace}/${name} is not Ready${why}`,
      why === '' ? WHILE_STRIMZI_IS_SILENT : {},
    );
  }
  const [records] = topics;
  const topicId = records?.status?.topicId;
  if (records === undefined || topicId === undefined)
    throw new WaitError('TopicNotReady', 'Strimzi does not tell the topic id yet.', WHILE_STRIMZI_IS_SILENT);
  reportRecreation(context, records.metadata.name, topicId);
  draft.set('TopicReady', 'True', 'TopicsReady', 'The topics of records, state and dead letters are ready.');
  draft.report({
    topic: { name: records.metadata.name, id: topicId, partitions: feed.spec.kafka.topic.partitions },
  });
  return topicId;
}

/** Somebody deleted the topic under a running feed: it goes on, but what had not landed is lost, and that must be told. */
export function reportRecreation({ env, object, draft }: FeedContext, name: string, topicId: string): void {
  const { topic } = draft.lineage;
  if (topic?.id === undefined || topic.id === topicId || topic.name !== name) return;
  env.events.record(object, {
    type: 'Warning',
    reason: 'TopicRecreated',
    action: 'TopicReady',
    note: `Topic ${name} was deleted and is made anew: what had not landed by then is lost. Files go on in folder ${topicId}; those in ${topic.id} stay.`,
  });
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
