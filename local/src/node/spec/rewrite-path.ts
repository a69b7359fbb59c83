/** Paths of a container, moved below the folder that stands for its root. */
import { posix } from 'node:path';

/**
 * A text that is a mount path, lies below one, or is a folder that only mounts are in (`/etc/app` where `/etc/app/config`
 * is mounted) is moved below `root`; every other text stays as it is. Single-segment folders such as `/etc` stay too.
 */
export function rewritePath(text: string, mountPaths: readonly string[], root: string): string {
  if (!text.startsWith('/')) return text;
  const path = text.length > 1 ? text.replace(/\/+$/, '') : text;
  const isInside = mountPaths.some((mount) => path === mount || path.startsWith(`${mount}/`));
  const isAbove = path.lastIndexOf('/') > 0 && mountPaths.some((mount) => mount.startsWith(`${path}/`));
  return isInside || isAbove ? root + text : text;
}

export function normalMountPath(mountPath: string): string {
  return posix.normalize(mountPath).replace(/(.)\/+$/, '$1');
}
