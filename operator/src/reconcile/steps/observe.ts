import { childName, COMPONENT_LABEL, COMPONENTS, type Feed } from '../../plan/index.ts';
import { podTrouble, reportDeployment, reportHalted, reportPods } from '../../status/index.ts';
import { PODS_OF_FEED } from '../caches.ts';
import { claimOn } from '../children.ts';
import type { FeedContext } from '../context.ts';

/** Reports what the pods last said. They are asked elsewhere, so that a slow pod holds nothing up. */
export function observePods({ env, key, draft }: FeedContext, feed: Feed): void {
  if (feed.spec.suspend) {
    env.observer.forget(key);
    return;
  }
  const seen = env.observer.get(key, feed.uid);
  if (seen !== undefined) reportPods(draft, seen, feed.spec.databricks !== undefined);
}

interface RawSpec {
  suspend?: unknown;
  databricks?: unknown;
}

/** Of a feed whose walk ended early: what its pods do, which may well run, and of those that are halted that nothing is known. */
export function observeRemaining(context: FeedContext): void {
  const { env, key, namespace, name, uid, object, draft } = context;
  const { suspend, databricks } = (object.spec ?? {}) as RawSpec;
  const pods = env.caches.pods.byIndex(namespace, PODS_OF_FEED, key);
  const running = new Set<string>();
  for (const component of COMPONENTS) {
    const deployment = env.caches.deployments.get(childName(name, component), namespace);
    if (deployment === undefined || claimOn(deployment, context) !== 'ours') continue;
    if (deployment.spec?.replicas === 0) {
      if (suspend === true) reportDeployment(draft, component, deployment, true);
      else reportHalted(draft, component);
      continue;
    }
    running.add(component);
    const pod = pods.find(({ metadata }) => metadata.labels?.[COMPONENT_LABEL] === component);
    reportDeployment(draft, component, deployment, false, podTrouble(pod));
  }
  const seen = running.size === 0 ? undefined : env.observer.get(key, uid);
  if (seen === undefined) return;
  const { producer, consumer } = seen;
  const said = {
    producer: running.has('producer') ? producer : undefined,
    consumer: running.has('consumer') ? consumer : undefined,
  };
  reportPods(draft, said, databricks !== undefined && databricks !== null);
}
