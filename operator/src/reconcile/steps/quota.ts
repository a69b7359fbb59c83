import { childName, type Feed } from '../../plan/index.ts';
import { refer, type FeedContext } from '../context.ts';
import { StallError } from '../errors.ts';
import { referenceTo } from '../references.ts';

/** The feed with its share of the quota that it names. */
export async function takeShare(context: FeedContext, feed: Feed): Promise<Feed> {
  const { env, namespace, name } = context;
  const { quotaRef } = feed.spec.source;
  if (quotaRef === undefined) return feed;
  refer(context, referenceTo('APIQuota', namespace, quotaRef.name));
  const division = env.quotas.division(`${namespace}/${quotaRef.name}`);
  if (division === undefined)
    throw new StallError(
      'QuotaNotFound',
      `spec.source.quotaRef: APIQuota ${quotaRef.name} does not exist in ${namespace}: create it, or correct the name`,
    );
  const share = division.shares.get(name);
  if (share !== undefined) return { ...feed, share };
  await stopPolling(context, feed);
  const why = division.refused.get(name) ?? 'its schedule cannot be read';
  throw new StallError(
    'QuotaExceeded',
    `spec.schedule: APIQuota ${quotaRef.name}: ${why}. Poll less often, raise the limit if the plan behind the key allows more, or use another key.`,
  );
}

/** What was its share belongs to others now. */
async function stopPolling({ env, namespace, signal }: FeedContext, feed: Feed): Promise<void> {
  const { deployments } = env.caches;
  const producer = deployments.get(childName(feed.name, 'producer'), namespace);
  const owned = producer?.metadata.ownerReferences?.some(({ uid }) => uid === feed.uid) === true;
  if (producer === undefined || !owned || producer.spec?.replicas === 0) return;
  const { name } = producer.metadata;
  const stopped = await env.client.mergePatch(
    deployments.type,
    name,
    namespace,
    { spec: { replicas: 0 } },
    { signal },
  );
  deployments.wrote(stopped);
}
