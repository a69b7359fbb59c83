/** Which resources an API server has: some belong to operators that a cluster need not run. */
import { KubeApiError } from './errors.ts';
import type { KubeClient, ResourceType } from './types.ts';

/** Whether the API server serves the resource now, such as PodMonitor: ask before a reflector is started on it. */
export async function isServed(
  client: Pick<KubeClient, 'request'>,
  type: ResourceType,
  signal?: AbortSignal,
): Promise<boolean> {
  const path = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  try {
    const { resources } = await client.request<{ resources?: { name: string }[] }>(
      'GET',
      path,
      undefined,
      signal === undefined ? {} : { signal },
    );
    return resources?.some(({ name }) => name === type.plural) === true;
  } catch (error) {
    if (error instanceof KubeApiError && error.isNotFound) return false;
    throw error;
  }
}
