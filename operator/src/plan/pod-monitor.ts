import { PodMonitorResource, retype, type KubeObject } from '../kube/index.ts';
import { ownedBy, type Feed } from './feed.ts';
import { COMPONENT_LABEL, FEED_LABEL, feedLabels, MANAGED_BY, MANAGER } from './labels.ts';
import { childName } from './names.ts';

/** The part of the Prometheus operator's kind that is planned. */
export interface PodMonitor extends KubeObject {
  spec?: {
    selector: { matchLabels: Record<string, string> };
    podTargetLabels: string[];
    podMetricsEndpoints: { port: string; path: string }[];
  };
}

export const PodMonitors = retype<PodMonitor>(PodMonitorResource);

/** Both pods of a feed, for Prometheus. Its namespace needs METRICS_LABEL to be let in. */
export function planPodMonitor(feed: Feed): PodMonitor {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: {
      name: childName(feed.name, 'pods'),
      namespace: feed.namespace,
      labels: feedLabels(feed),
      ownerReferences: ownedBy(feed),
    },
    spec: {
      selector: { matchLabels: { [FEED_LABEL]: feed.name, [MANAGED_BY]: MANAGER } },
      podTargetLabels: [FEED_LABEL, COMPONENT_LABEL],
      podMetricsEndpoints: [{ port: 'http', path: '/metrics' }],
    },
  };
}
