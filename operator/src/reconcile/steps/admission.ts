import { COMPONENTS, refusal, userName } from '../../plan/index.ts';
import type { StreamSource } from '../../status/index.ts';
import { claimOn } from '../children.ts';
import { refer, type FeedContext } from '../context.ts';
import { StallError, WaitError } from '../errors.ts';
import { referenceTo } from '../references.ts';
import { haltPods } from './halt.ts';

interface RawSpec {
  kafka?: { strimzi?: { cluster?: unknown; namespace?: unknown } } | null;
}

/**
 * Withdraws the feed from a Kafka that does not admit it, or does no more. This is asked before anything else and of the spec as it
 * is stored (the API server lets nobody change its Kafka): neither another fault of the feed nor a pause may keep a revoked right alive.
 */
export async function requireAdmission(context: FeedContext): Promise<void> {
  const { env, object, namespace } = context;
  const ref = kafkaOf(object);
  if (ref === undefined) return;
  refer(context, referenceTo('Kafka', ref.namespace, ref.name));
  try {
    await env.caches.requireKafka(ref.namespace);
  } catch (error) {
    // Whoever needs the Kafka says so, and its coming brings the feed back.
    if (error instanceof StallError || error instanceof WaitError) return;
    throw error;
  }
  const kafka = env.caches.kafkas.get(ref.name, ref.namespace);
  const refused = kafka === undefined ? undefined : refusal(kafka, namespace, env.kafkaAdmission);
  if (refused === undefined) return;
  await withdraw(context, ref.namespace);
  context.draft.set('TopicReady', 'False', refused.reason, refused.message);
  throw new StallError(refused.reason, refused.message);
}

/** Users go, so that nothing is done in their name; topics stay. */
async function withdraw(context: FeedContext, kafkaNamespace: string): Promise<void> {
  const { env, draft, signal } = context;
  for (const component of COMPONENTS) {
    const user = env.caches.users.get(userName(context, component), kafkaNamespace);
    if (user === undefined || claimOn(user, context) !== 'ours') continue;
    if (user.metadata.deletionTimestamp === undefined)
      await env.children.remove(env.caches.users, user, signal);
  }
  // Of a feed that had users once it says so, whichever walk removed them.
  const { reason } = draft.get('UserReady') ?? { reason: 'KafkaNotAllowed' };
  if (reason === 'KafkaNotAllowed')
    draft.set('UserReady', 'False', reason, 'No users are made: Stalled says why.');
  else draft.set('UserReady', 'False', 'Withdrawn', 'The users are removed: Stalled says why.');
  await haltPods(context, COMPONENTS);
}

function kafkaOf({ metadata, spec }: StreamSource): { name: string; namespace: string } | undefined {
  const { cluster, namespace = metadata.namespace } = (spec as RawSpec | undefined)?.kafka?.strimzi ?? {};
  return typeof cluster === 'string' && typeof namespace === 'string'
    ? { name: cluster, namespace }
    : undefined;
}
