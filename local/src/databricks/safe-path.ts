import { invalidParameter } from './api-error.ts';

const MAX_SEGMENT_BYTES = 255;
const MAX_SEGMENTS = 64;

/**
 * The decoded segments of a path of the API. Whatever could leave its root or mean another file is refused, so that
 * joining the segments to a folder always stays inside it.
 */
export function safeSegments(path: string): string[] {
  if (!path.startsWith('/')) throw invalidParameter(`Path (${path}) must be absolute`);
  const segments = path.replace(/\/+$/, '').split('/').slice(1);
  if (segments.length > MAX_SEGMENTS) throw invalidParameter('Path has too many segments');
  for (const segment of segments) {
    if (segment === '' || segment === '.' || segment === '..' || /[\0\\/]/.test(segment)) {
      throw invalidParameter(`Path has a segment that is not allowed: ${JSON.stringify(segment)}`);
    }
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)
      throw invalidParameter('Path has a segment that is too long');
  }
  return segments;
}

/** The segments of a percent-encoded URL path; a segment may hold an encoded slash only to be refused. */
export function decodeSegments(encoded: string): string[] {
  try {
    return safeSegments(
      `/${encoded
        .replace(/^\/+|\/+$/g, '')
        .split('/')
        .map((segment) => {
          const decoded = decodeURIComponent(segment);
          if (decoded.includes('/')) throw invalidParameter('Path has an encoded slash');
          return decoded;
        })
        .join('/')}`,
    );
  } catch (error) {
    if (error instanceof URIError) throw invalidParameter('Path is not percent-encoded UTF-8');
    throw error;
  }
}
