import type { Feed } from '../../plan/index.ts';
import { refer, type FeedContext } from '../context.ts';
import { StallError } from '../errors.ts';
import { referenceTo } from '../references.ts';
import { haltPods } from './halt.ts';

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
  // What was its share belongs to others now.
  await haltPods(context, ['producer']);
  const why = division.refused.get(name) ?? 'its schedule cannot be read';
  throw new StallError(
    'QuotaExceeded',
    `spec.schedule: APIQuota ${quotaRef.name}: ${why}. Poll less often, raise the limit if the plan behind the key allows more, or use another key.`,
  );
}
