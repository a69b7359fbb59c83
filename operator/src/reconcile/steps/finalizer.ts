import type { KubeClient } from '../../kube/index.ts';
import { StreamSources, type StreamSource } from '../../status/index.ts';

/** Holds a StreamSource until what lives outside of its namespace is gone. */
export const FINALIZER = 'tributary.dev/cleanup';

export function hasFinalizer(object: StreamSource): boolean {
  return object.metadata.finalizers?.includes(FINALIZER) ?? false;
}

/** Before anything is made elsewhere. */
export async function addFinalizer(
  client: KubeClient,
  object: StreamSource,
  signal: AbortSignal,
): Promise<StreamSource> {
  if (hasFinalizer(object)) return object;
  return patchFinalizers(client, object, [...(object.metadata.finalizers ?? []), FINALIZER], signal);
}

export async function removeFinalizer(
  client: KubeClient,
  object: StreamSource,
  signal: AbortSignal,
): Promise<StreamSource> {
  if (!hasFinalizer(object)) return object;
  const left = (object.metadata.finalizers ?? []).filter((each) => each !== FINALIZER);
  return patchFinalizers(client, object, left, signal);
}

/** A merge patch replaces the list, so the version it was read at is a precondition. */
function patchFinalizers(
  client: KubeClient,
  { metadata: { name, namespace, resourceVersion } }: StreamSource,
  finalizers: string[],
  signal: AbortSignal,
): Promise<StreamSource> {
  const metadata = { resourceVersion, finalizers };
  return client.mergePatch(StreamSources, name, namespace, { metadata }, { signal });
}
