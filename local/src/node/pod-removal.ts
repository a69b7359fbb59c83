/** The last step of a deletion: the node says that nothing of the pod runs any more, and the API server forgets it. */
import {
  type Clock,
  KubeApiError,
  type KubeClient,
  type KubeLog,
  PodResource,
  sleep,
} from '@tributary/operator/kube';
import { type Pod, uidOf } from './types.ts';

const RETRY_MS = 1_000;

export async function removePod(
  { client, clock, log }: { client: KubeClient; clock: Clock; log: KubeLog },
  pod: Pod,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace } = pod.metadata;
  while (!signal.aborted) {
    try {
      await client.delete(PodResource, name, namespace, { uid: uidOf(pod), gracePeriodSeconds: 0 });
      return;
    } catch (error) {
      if (signal.aborted) return;
      // Another pod has the name by now.
      if (error instanceof KubeApiError && error.isConflict) return;
      if (!(error instanceof KubeApiError) || !error.isTransient) throw error;
      log.warn({ err: error, pod: name }, 'a pod could not be removed: trying again');
      await sleep(clock, RETRY_MS, signal).catch(() => undefined);
    }
  }
}
