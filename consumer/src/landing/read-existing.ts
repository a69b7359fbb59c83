import type { Volume } from '../volume/volume.ts';

/**
 * What `create` has said is there. Where it is not, somebody's request for it is under way and was counted already, or has
 * failed since: trying again tells, and is no alarm.
 */
export async function readExisting(volume: Volume, path: string, signal?: AbortSignal): Promise<Buffer> {
  const bytes = await volume.read(path, signal);
  if (bytes === undefined)
    throw new Error(`${volume.root}/${path} is said to exist and cannot be read; it may be on its way`);
  return bytes;
}
