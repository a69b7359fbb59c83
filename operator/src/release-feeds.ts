import type { KubeClient, KubeLog } from './kube/index.ts';
import { FINALIZER } from './reconcile/index.ts';
import { StreamSources } from './status/index.ts';

export interface ReleaseOptions {
  client: KubeClient;
  /** Empty: all. */
  namespaces: readonly string[];
  log: KubeLog;
}

/**
 * Takes the operator's finalizer off every feed, after the operator is gone for good: else nobody would, and neither a feed
 * nor its namespace could ever be deleted. What lies elsewhere stays, found by its labels and tags.
 */
export async function releaseFeeds(
  { client, namespaces, log }: ReleaseOptions,
  signal: AbortSignal,
): Promise<void> {
  let released = 0;
  for (const selector of namespaces.length === 0 ? [{}] : namespaces.map((namespace) => ({ namespace }))) {
    for (const { metadata } of (await client.list(StreamSources, selector, signal)).items) {
      if (metadata.finalizers?.includes(FINALIZER) !== true) continue;
      const { name, namespace, resourceVersion } = metadata;
      const finalizers = metadata.finalizers.filter((each) => each !== FINALIZER);
      const patch = { metadata: { resourceVersion, finalizers } };
      await client.mergePatch(StreamSources, name, namespace, patch, { signal });
      released += 1;
    }
  }
  log.info({ released }, 'the feeds are let go; what lies in Kafka and Databricks stays');
}
