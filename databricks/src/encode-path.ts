const MAX_PATH_CHARS = 4_096;

/**
 * An absolute volume or workspace path as a URL path, percent-encoded by segment. Dot segments and empty segments are
 * refused: URL parsers resolve them, so the request would go somewhere else than it says.
 */
export function encodePath(path: string): string {
  return checkPath(path)
    .map((segment) => `/${encodeURIComponent(segment)}`)
    .join('');
}

/** The segments of an absolute path; throws a TypeError if it could mean another path than it shows. */
export function checkPath(path: string): string[] {
  if (path.length > MAX_PATH_CHARS) throw new TypeError(`path is longer than ${MAX_PATH_CHARS} characters`);
  if (!path.startsWith('/')) throw new TypeError(`path must be absolute: ${path}`);
  const segments = path.replace(/\/$/, '').split('/').slice(1);
  if (segments.length === 0) throw new TypeError('path has no segments');
  for (const segment of segments) {
    if (segment === '' || segment === '.' || segment === '..')
      throw new TypeError(`path has an empty or dot segment: ${path}`);
    if (segment.includes('\0')) throw new TypeError('path holds a NUL character');
  }
  return segments;
}
