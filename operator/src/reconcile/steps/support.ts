import { notYetSupported } from '@tributary/api';
import type { Feed } from '../../plan/index.ts';
import type { FeedContext } from '../context.ts';

/** Says which fields are accepted and not acted on yet: never silence. */
export function reportSupport({ env, key, draft }: FeedContext, feed: Feed): void {
  const seen = feed.spec.suspend ? undefined : env.observer.get(key, feed.uid);
  const fields = new Set([
    ...notYetSupported(feed.spec),
    ...(seen?.producer?.notYetSupported ?? []),
    ...(seen?.consumer?.notYetSupported ?? []),
  ]);
  if (fields.size === 0)
    draft.set('FullySupported', 'True', 'Supported', 'Every field of the spec is acted on.');
  else
    draft.set(
      'FullySupported',
      'False',
      'NotYetSupported',
      `Accepted and not acted on yet: ${[...fields].toSorted().join(', ')}.`,
    );
}
