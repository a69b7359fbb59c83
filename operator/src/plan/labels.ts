import type { Component, FeedRef } from './feed.ts';

export const MANAGED_BY = 'app.kubernetes.io/managed-by';
export const MANAGER = 'tributary';
/** On everything beside a StreamSource: its name. */
export const FEED_LABEL = 'tributary.dev/feed';
export const COMPONENT_LABEL = 'app.kubernetes.io/component';

/** On what lives in Strimzi's namespace: whose it is. */
export const TRACKING = {
  uid: 'tributary.dev/uid',
  namespace: 'tributary.dev/feed-namespace',
  name: 'tributary.dev/feed-name',
} as const;
/** On what `deletionPolicy: Retain` left behind: the feed of the same name may take it up again. */
export const RETAINED = 'tributary.dev/retained';
export const CLUSTER_LABEL = 'strimzi.io/cluster';

/** Selects the pods of one component of one feed; Deployments cannot change it later. */
export function selectorLabels(feed: FeedRef, component: Component): Record<string, string> {
  return { [FEED_LABEL]: feed.name, [COMPONENT_LABEL]: component };
}

export function childLabels(feed: FeedRef, component: Component): Record<string, string> {
  return { ...feedLabels(feed), [COMPONENT_LABEL]: component };
}

/** Of what belongs to a feed and to neither of its pods alone. */
export function feedLabels(feed: FeedRef): Record<string, string> {
  return { 'app.kubernetes.io/name': MANAGER, [MANAGED_BY]: MANAGER, [FEED_LABEL]: feed.name };
}

export function trackingLabels(feed: FeedRef, cluster: string): Record<string, string> {
  return {
    [CLUSTER_LABEL]: cluster,
    [MANAGED_BY]: MANAGER,
    [TRACKING.uid]: feed.uid,
    [TRACKING.namespace]: feed.namespace,
    [TRACKING.name]: feed.name,
  };
}
