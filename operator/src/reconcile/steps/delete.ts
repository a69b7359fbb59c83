import { streamSourceSpec, type DatabricksSpec, type StreamSourceSpec } from '@tributary/api';
import { removeFromKafka } from '../../any-kafka/index.ts';
import { cleanUp, ConnectionError } from '../../databricks/index.ts';
import { KubeApiError, type KubeObject, type ResourceType } from '../../kube/index.ts';
import {
  childName,
  COMPONENTS,
  feedTopics,
  kafkaRef,
  KafkaTopics,
  KafkaUsers,
  MANAGED_BY,
  MANAGER,
  TRACKING,
} from '../../plan/index.ts';
import type { StreamSource } from '../../status/index.ts';
import { PODS_OF_FEED } from '../caches.ts';
import { claimOn } from '../children.ts';
import type { FeedContext } from '../context.ts';
import { StallError, WaitError } from '../errors.ts';
import { readAccess, rightsOf } from './any-kafka.ts';
import { hasFinalizer, removeFinalizer } from './finalizer.ts';

const PODS_PATIENCE_MS = 60_000;
/** Where no policy can be read: what is kept can still be removed by hand. */
const KEEP = { jobs: 'Retain', files: 'Retain' } as const;

/**
 * Removes what the namespace's own garbage collection does not reach, then lets the StreamSource go. Works while the feed
 * is suspended or paused, and when Kafka or Databricks is down: then until patience ends.
 */
export async function deleteFeed(context: FeedContext): Promise<void> {
  const { env, object, signal } = context;
  if (!hasFinalizer(object)) return;
  const elapsedMs = env.clock.now() - Date.parse(object.metadata.deletionTimestamp ?? '');
  stopSideWork(context, elapsedMs);
  await stopPods(context, elapsedMs);
  const spec = streamSourceSpec.safeParse(object.spec).data;
  const databricks = spec?.databricks ?? databricksOf(object);
  const policy = spec?.deletionPolicy ?? KEEP;
  const left: string[] = [];
  let lastError: unknown;
  const removals: [what: string, remove: () => Promise<Left>][] = [
    [
      'Kafka topics and users',
      () => (spec === undefined ? removeWithoutSpec(context) : removeKafkaObjects(context, spec)),
    ],
    ['Databricks job and files', () => removeFromDatabricks(context, databricks, policy, spec !== undefined)],
  ];
  for (const [what, remove] of removals) {
    try {
      const kept = await remove();
      if (kept !== undefined) left.push(kept);
    } catch (error) {
      signal.throwIfAborted();
      lastError = error;
      left.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  // A deletion never waits for ever.
  if (lastError !== undefined && elapsedMs < env.deletionPatienceMs) throw lastError;
  if (left.length > 0) abandon(context, left, spec !== undefined);
  await removeFinalizer(env.client, object, signal);
}

/** Tells what came of it in the end, not at each try. */
function abandon({ env, key, object }: FeedContext, left: readonly string[], readable: boolean): void {
  const note = `${readable ? '' : 'The spec cannot be read. '}Left behind, remove by hand: ${left.join('; ')}`;
  env.events.record(object, { type: 'Warning', reason: 'CleanupAbandoned', action: 'Delete', note });
  env.log.warn({ feed: key, left }, 'left behind what could not be removed');
}

/** In words, what a removal leaves for somebody to remove by hand. */
type Left = string | undefined;

/** Of a spec that cannot be read as a whole, when this part of it can. */
function databricksOf({ spec }: StreamSource): DatabricksSpec | undefined {
  return streamSourceSpec.shape.databricks.safeParse(
    (spec as { databricks?: unknown } | undefined)?.databricks,
  ).data;
}

/**
 * An older version stored what this one cannot read: then nothing is known of the policy, or of a Kafka without Strimzi. Users
 * go, topics stay for the next feed of the name; the rest is told.
 */
async function removeWithoutSpec(context: FeedContext): Promise<Left> {
  const { env, uid, signal } = context;
  const ours = `${MANAGED_BY}=${MANAGER},${TRACKING.uid}=${uid}`;
  for (const namespace of env.caches.kafkaNamespaces) {
    for (const user of await listServed(context, KafkaUsers, namespace, ours))
      await env.children.remove(env.caches.users, user, signal);
    for (const topic of await listServed(context, KafkaTopics, namespace, ours))
      await env.children.retain(env.caches.topics, topic, signal);
  }
  return 'topics, and users in a Kafka without Strimzi';
}

/** What was asked for earlier must not be made after it has been removed. */
function stopSideWork({ env, key }: FeedContext, elapsedMs: number): void {
  const busy = [env.analyses.abandon(key), env.anyKafka.abandon(key)].includes(true);
  if (busy && elapsedMs < env.deletionPatienceMs)
    throw new WaitError('WorkEnding', 'work on the job or the topics of the feed is ending', {
      requeueAfterMs: 1_000,
    });
}

/** The pods go first: none may write to a topic or a folder that is being removed. */
async function stopPods(
  { env, namespace, key, uid, name, signal }: FeedContext,
  elapsedMs: number,
): Promise<void> {
  const feed = { namespace, name, uid };
  for (const component of COMPONENTS) {
    // By name: a list lacks what was made a moment ago.
    const deployment = env.caches.deployments.get(childName(name, component), namespace);
    if (deployment === undefined || claimOn(deployment, feed) !== 'ours') continue;
    if (deployment.metadata.deletionTimestamp === undefined)
      await env.children.remove(env.caches.deployments, deployment, signal);
  }
  const left = env.caches.pods.byIndex(namespace, PODS_OF_FEED, key).filter(({ status }) => {
    const phase = status?.phase;
    return phase !== 'Succeeded' && phase !== 'Failed';
  });
  if (left.length > 0 && elapsedMs < PODS_PATIENCE_MS)
    throw new WaitError('PodsStopping', `${left.length} pods of the feed are stopping`, {
      requeueAfterMs: 1_000,
    });
}

async function removeKafkaObjects(context: FeedContext, spec: StreamSourceSpec): Promise<Left> {
  const { env, namespace, name, uid, signal } = context;
  const ref = kafkaRef(spec, namespace);
  if (ref === undefined) return removeFromAnyKafka(context, spec);
  const ours = `${MANAGED_BY}=${MANAGER},${TRACKING.uid}=${uid}`;
  for (const user of await listServed(context, KafkaUsers, ref.namespace, ours))
    await env.children.remove(env.caches.users, user, signal);
  const topics = await listServed(context, KafkaTopics, ref.namespace, ours);
  const names = Object.values(feedTopics({ namespace, name, uid }));
  for (const topic of topics.filter(({ metadata }) => names.includes(metadata.name))) {
    // `.state` and `.dlq` mean nothing without the records, so all three share one fate.
    if (spec.deletionPolicy.topic === 'Delete') await env.children.remove(env.caches.topics, topic, signal);
    else await env.children.retain(env.caches.topics, topic, signal);
  }
  return undefined;
}

/** Where the operator was never given the login of an administrator, it made nothing and removes nothing. */
async function removeFromAnyKafka(context: FeedContext, spec: StreamSourceSpec): Promise<Left> {
  const { namespace, name, uid, object, signal } = context;
  if (spec.kafka.admin === undefined) return undefined;
  const feed = { namespace, name, uid };
  try {
    const { broker, admin } = await readAccess(context, { namespace, spec });
    if (admin === undefined) return undefined;
    const topics = spec.deletionPolicy.topic === 'Delete' ? Object.values(feedTopics(feed)) : [];
    const topicId = object.status?.topic?.id;
    await removeFromKafka({ broker, admin, rights: rightsOf(feed, broker), topics, topicId }, signal);
    return undefined;
  } catch (error) {
    // What needs a Secret that is gone, perhaps with its namespace, is not waited for.
    if (!(error instanceof StallError)) throw error;
    return `users and topics in Kafka: ${error.message}`;
  }
}

/** Nothing where Strimzi has been uninstalled; without a namespace in all. */
async function listServed<T extends KubeObject>(
  { env, signal }: FeedContext,
  type: ResourceType<T>,
  namespace: string,
  labelSelector: string,
): Promise<T[]> {
  const scope = namespace === '' ? {} : { namespace };
  try {
    return (await env.client.list(type, { ...scope, labelSelector }, signal)).items;
  } catch (error) {
    if (error instanceof KubeApiError && error.isNotFound) return [];
    throw error;
  }
}

/** Where the policy is not known, what stays is not what was asked for, and is told. */
async function removeFromDatabricks(
  context: FeedContext,
  databricks: DatabricksSpec | undefined,
  { jobs, files }: Pick<StreamSourceSpec['deletionPolicy'], 'jobs' | 'files'>,
  policyKnown: boolean,
): Promise<Left> {
  const { env, namespace, name, uid, signal } = context;
  if (databricks === undefined)
    return policyKnown ? undefined : 'the job in Databricks, which goes on, and its files';
  try {
    const { client } = await env.connect(namespace, databricks, signal);
    await cleanUp(client, { namespace, name, uid, databricks, jobs, files }, signal);
    return policyKnown ? undefined : 'the job in Databricks, which runs no more, and its files';
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    return `Databricks job and files: ${error.message}`;
  }
}
