import { consumerStatus, producerStatus, type ConsumerStatus, type ProducerStatus } from '@tributary/api';
import type { KubeClient, Pod } from '@tributary/operator/kube';
import { PodResource } from '@tributary/operator/kube';

/** What a feed's two pods say of themselves; absent while a pod is not up. */
export interface PodStatuses {
  producer?: ProducerStatus;
  consumer?: ConsumerStatus;
}

const POD_PORT = 8080;
const ANSWER_WITHIN_MS = 2_000;

/** Asks the pods of every feed, as the operator does, by feed (`<namespace>/<name>`). */
export async function readPodStatuses(
  kube: KubeClient,
  signal: AbortSignal,
): Promise<Map<string, PodStatuses>> {
  const { items } = await kube.list<Pod>(PodResource, { labelSelector: 'tributary.dev/feed' }, signal);
  const found = new Map<string, PodStatuses>();
  const up = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  await Promise.all(
    up.map(async ({ metadata, status }) => {
      const answer = status?.podIP === undefined ? undefined : await readStatus(status.podIP, signal);
      const feed = `${metadata.namespace}/${metadata.labels?.['tributary.dev/feed']}`;
      const known = found.get(feed) ?? {};
      found.set(feed, known);
      const producer = producerStatus.safeParse(answer);
      if (producer.success) known.producer = producer.data;
      const consumer = consumerStatus.safeParse(answer);
      if (consumer.success) known.consumer = consumer.data;
    }),
  );
  return found;
}

async function readStatus(address: string, signal: AbortSignal): Promise<unknown> {
  try {
    const response = await fetch(`http://${address}:${POD_PORT}/status`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    });
    return response.ok ? await response.json() : undefined;
  } catch (error) {
    signal.throwIfAborted();
    // Starting, restarting or too busy to answer: the next look will tell.
    if (error instanceof TypeError || (error instanceof DOMException && error.name === 'TimeoutError'))
      return undefined;
    throw error;
  }
}
