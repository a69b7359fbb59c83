import {
  childName,
  COMPONENTS,
  isProblem,
  kafkaRef,
  resolveCluster,
  userName,
  type Feed,
  type StrimziCluster,
} from '../../plan/index.ts';
import { refer, type FeedContext } from '../context.ts';
import { StallError, WaitError } from '../errors.ts';
import { claimOn } from '../children.ts';
import { referenceTo } from '../references.ts';
import { haltPods } from './halt.ts';

/** Finds the feed's Kafka and whether it may be used. */
export async function resolveKafka(context: FeedContext, feed: Feed): Promise<StrimziCluster> {
  const { env, draft } = context;
  const ref = kafkaRef(feed.spec, feed.namespace);
  if (ref === undefined) throw new TypeError('the feed uses no Kafka of Strimzi');
  refer(context, referenceTo('Kafka', ref.namespace, ref.name));
  await env.caches.requireKafka(ref.namespace);
  const kafka = env.caches.kafkas.get(ref.name, ref.namespace);
  if (kafka === undefined) {
    const message = `spec.kafka.strimzi: Kafka ${ref.namespace}/${ref.name} does not exist: create it, or correct the name`;
    draft.set('TopicReady', 'False', 'KafkaNotFound', message);
    // It may be on its way: installers apply everything at once.
    throw new WaitError('KafkaNotFound', message);
  }
  const runs = env.caches.deployments.get(childName(feed.name, 'consumer'), feed.namespace) !== undefined;
  const resolved = resolveCluster(kafka, feed.namespace, ref.listener, runs);
  if (!isProblem(resolved)) return resolved;
  if (resolved.reason === 'KafkaNotAllowed') await withdraw(context, feed, ref.namespace);
  draft.set('TopicReady', 'False', resolved.reason, resolved.message);
  throw resolved.waiting
    ? new WaitError(resolved.reason, resolved.message)
    : new StallError(resolved.reason, resolved.message);
}

/** A Kafka that admitted the feed once and does not any more: its users go, so that nothing is done in their name; topics stay. */
async function withdraw(context: FeedContext, feed: Feed, kafkaNamespace: string): Promise<void> {
  const { env, draft, signal } = context;
  await haltPods(context, feed, COMPONENTS);
  for (const component of COMPONENTS) {
    const user = env.caches.users.get(userName(feed, component), kafkaNamespace);
    if (user === undefined || claimOn(user, feed) !== 'ours') continue;
    draft.set('UserReady', 'False', 'Withdrawn', 'The users are removed: Stalled says why.');
    if (user.metadata.deletionTimestamp === undefined)
      await env.children.remove(env.caches.users, user, signal);
  }
}
