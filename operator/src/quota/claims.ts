import { parseSchedule, type QuotaClaim } from '@tributary/api';
import type { KubeObject } from '../kube/index.ts';

/** A StreamSource as it comes from the API server, of which only these parts are looked at. */
export type Claimant = KubeObject & { spec?: unknown };

interface RawSpec {
  schedule?: unknown;
  source?: { quotaRef?: { name?: unknown } };
}

/** `ns/name` of the quota that the feed names; undefined for none, and for a feed that is going. */
export function quotaOf({ metadata, spec }: Claimant): string | undefined {
  const name = (spec as RawSpec | undefined)?.source?.quotaRef?.name;
  return typeof name === 'string' && metadata.deletionTimestamp === undefined
    ? `${metadata.namespace}/${name}`
    : undefined;
}

/** What the feed asks of its quota; undefined while its schedule cannot be read: then it does not poll. */
export function claimOf(feed: Claimant): QuotaClaim | undefined {
  const known = remembered.get(feed);
  if (known !== undefined) return known.claim;
  const schedule = parseSchedule((feed.spec as RawSpec | undefined)?.schedule);
  const claim = schedule === undefined ? undefined : { key: feed.metadata.name, schedule };
  remembered.set(feed, { claim });
  return claim;
}

/** Objects in a cache are replaced when they change, never changed themselves. */
const remembered = new WeakMap<Claimant, { claim: QuotaClaim | undefined }>();

/** Who came first has precedence; the API server tells it by the second, so that names decide within one. */
export function byPrecedence(a: Claimant, b: Claimant): number {
  const [left, right] = [a, b].map(({ metadata }) => `${metadata.creationTimestamp ?? ''} ${metadata.name}`);
  return (left ?? '') < (right ?? '') ? -1 : 1;
}
