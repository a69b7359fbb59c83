import type { Deployment } from '../../kube/index.ts';
import { COMPONENT_LABEL, type Component, type Feed } from '../../plan/index.ts';
import { podTrouble, reportDeployment, type Outcome } from '../../status/index.ts';
import { PODS_OF_FEED } from '../caches.ts';
import type { FeedContext } from '../context.ts';

/** What Ready says once every planned object is in place. */
export function judge(
  { env, draft, key }: FeedContext,
  feed: Feed,
  deployments: Record<Component, Deployment>,
): Outcome {
  const { suspend } = feed.spec;
  const pods = env.caches.pods.byIndex(feed.namespace, PODS_OF_FEED, key);
  const [producer, consumer] = (['producer', 'consumer'] as const).map((component) => {
    const pod = pods.find(({ metadata }) => metadata.labels?.[COMPONENT_LABEL] === component);
    return reportDeployment(draft, component, deployments[component], suspend, podTrouble(pod));
  });
  if (suspend) {
    // What was asked for is the case: kstatus calls that ready.
    const message = 'Suspended: both pods are scaled to zero and the job is paused.';
    return { kind: 'ready', reason: 'Suspended', message };
  }
  if (producer === 'available' && consumer === 'available')
    return {
      kind: 'ready',
      reason: 'Available',
      message: 'Every object is in place and both pods are available.',
    };
  const worst = producer === 'available' || consumer === 'failed' ? 'Consumer' : 'Producer';
  const condition = draft.get(`${worst}Available`);
  const message = condition?.message ?? '';
  const reason = `${worst}${condition?.reason ?? 'Unavailable'}`;
  return { kind: producer === 'failed' || consumer === 'failed' ? 'stalled' : 'waiting', reason, message };
}
