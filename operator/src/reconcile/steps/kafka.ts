import {
  childName,
  isProblem,
  kafkaRef,
  refusal,
  resolveCluster,
  type Feed,
  type StrimziCluster,
} from '../../plan/index.ts';
import type { FeedContext } from '../context.ts';
import { StallError, WaitError } from '../errors.ts';

/** Finds the feed's Kafka, to which its admission has referred, and whether it can be used. */
export async function resolveKafka(context: FeedContext, feed: Feed): Promise<StrimziCluster> {
  const { env, draft } = context;
  const ref = kafkaRef(feed.spec, feed.namespace);
  if (ref === undefined) throw new TypeError('the feed uses no Kafka of Strimzi');
  await env.caches.requireKafka(ref.namespace);
  const kafka = env.caches.kafkas.get(ref.name, ref.namespace);
  if (kafka === undefined) {
    const message = `spec.kafka.strimzi: Kafka ${ref.namespace}/${ref.name} does not exist: create it, or correct the name`;
    draft.set('TopicReady', 'False', 'KafkaNotFound', message);
    // It may be on its way: installers apply everything at once.
    throw new WaitError('KafkaNotFound', message);
  }
  const runs = env.caches.deployments.get(childName(feed.name, 'consumer'), feed.namespace) !== undefined;
  // Admission may have come too early to see the Kafka, or its annotation may have changed since.
  const resolved =
    refusal(kafka, feed.namespace, env.kafkaAdmission) ?? resolveCluster(kafka, ref.listener, runs);
  if (!isProblem(resolved)) return resolved;
  draft.set('TopicReady', 'False', resolved.reason, resolved.message);
  throw resolved.waiting
    ? new WaitError(resolved.reason, resolved.message)
    : new StallError(resolved.reason, resolved.message);
}
