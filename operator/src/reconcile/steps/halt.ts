import { childName, type Component, type Feed } from '../../plan/index.ts';
import { claimOn } from '../children.ts';
import type { FeedContext } from '../context.ts';

const AVAILABLE = { producer: 'ProducerAvailable', consumer: 'ConsumerAvailable' } as const;

/** Scales pods of a stalled feed to zero, where there are any: what they live on is not theirs any more. */
export async function haltPods(
  { env, namespace, draft, signal }: FeedContext,
  feed: Feed,
  components: readonly Component[],
): Promise<void> {
  const { deployments } = env.caches;
  for (const component of components) {
    const name = childName(feed.name, component);
    const deployment = deployments.get(name, namespace);
    if (deployment === undefined || claimOn(deployment, feed) !== 'ours') continue;
    draft.set(
      AVAILABLE[component],
      'False',
      'Halted',
      `The ${component} is scaled to zero: Stalled says why.`,
    );
    if (deployment.spec?.replicas === 0) continue;
    const none = { spec: { replicas: 0 } };
    deployments.wrote(await env.client.mergePatch(deployments.type, name, namespace, none, { signal }));
  }
}
