import { childName, type Component } from '../../plan/index.ts';
import { claimOn } from '../children.ts';
import type { FeedContext } from '../context.ts';

/** Scales pods of a stalled feed to zero, where there are any: what they live on is not theirs any more. */
export async function haltPods(context: FeedContext, components: readonly Component[]): Promise<void> {
  const { env, namespace, name: feed, signal } = context;
  const { deployments } = env.caches;
  for (const component of components) {
    const name = childName(feed, component);
    const deployment = deployments.get(name, namespace);
    if (deployment === undefined || claimOn(deployment, context) !== 'ours') continue;
    if (deployment.spec?.replicas === 0) continue;
    // Of the one that was seen, as it was seen: it may have become another's, or another leader's decision.
    const { uid, resourceVersion } = deployment.metadata;
    const none = { metadata: { uid, resourceVersion }, spec: { replicas: 0 } };
    deployments.wrote(await env.client.mergePatch(deployments.type, name, namespace, none, { signal }));
  }
}
