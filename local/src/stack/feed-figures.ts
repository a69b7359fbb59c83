import { consumerStatus, producerStatus } from '@tributary/api';
import type { KubeClient, Pod } from '@tributary/operator/kube';
import { PodResource } from '@tributary/operator/kube';

/** What a feed's two pods say of themselves, read as the operator reads it. */
export interface FeedFigures {
  published: number;
  landed: number;
  uploaded: number;
  /** Why a part is not well; empty when all is. */
  troubles: string[];
}

const POD_PORT = 8080;
const ANSWER_WITHIN_MS = 2_000;

/** Counts of a feed so far. A pod that is not up yet counts as zero. */
export async function readFeedFigures(
  kube: KubeClient,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<FeedFigures> {
  const { items } = await kube.list<Pod>(
    PodResource,
    { namespace, labelSelector: `tributary.dev/feed=${name}` },
    signal,
  );
  const figures: FeedFigures = { published: 0, landed: 0, uploaded: 0, troubles: [] };
  for (const pod of items) {
    const address = pod.status?.podIP;
    if (address === undefined || pod.metadata.deletionTimestamp !== undefined) continue;
    const status = await readStatus(address, signal);
    if (status === undefined) continue;
    const producer = producerStatus.safeParse(status);
    if (producer.success) {
      figures.published += producer.data.published;
      for (const part of [producer.data.upstream, producer.data.kafka])
        if (!part.healthy) figures.troubles.push(part.message);
    }
    const consumer = consumerStatus.safeParse(status);
    if (consumer.success) {
      figures.landed += consumer.data.landed.records;
      figures.uploaded += consumer.data.uploaded.records;
      for (const part of [consumer.data.kafka, consumer.data.volume])
        if (!part.healthy) figures.troubles.push(part.message);
    }
  }
  return figures;
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
