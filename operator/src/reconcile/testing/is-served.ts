import { waitUntil } from '@tributary/local/testing';
import { KubeApiError, type KubeClient, type ResourceType } from '../../kube/index.ts';

const WITHIN_MS = 20_000;

export async function isServed(client: KubeClient, type: ResourceType): Promise<boolean> {
  try {
    await client.list(type);
    return true;
  } catch (error) {
    if (error instanceof KubeApiError && error.isNotFound) return false;
    throw error;
  }
}

/** Waits until the API server serves the kinds, or does not any more. */
export async function untilServed(
  client: KubeClient,
  types: readonly ResourceType[],
  served = true,
): Promise<void> {
  for (const type of types)
    await waitUntil(async () => (await isServed(client, type)) === served, {
      what: `${type.kind} is ${served ? '' : 'not '}served`,
      timeoutMs: WITHIN_MS,
    });
}
