import type { Feed } from '../../plan/index.ts';
import { reportPods } from '../../status/index.ts';
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
