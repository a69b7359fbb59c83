/** What the API server (or the way to it) says when a request fails. */

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  retryAfterSeconds?: number;
  causes?: { reason?: string; message?: string; field?: string }[];
}

/** The `Status` object of the Kubernetes API, as far as it is read here. */
export interface KubeStatus {
  kind?: string;
  status?: string;
  code?: number;
  reason?: string;
  message?: string;
  details?: StatusDetails;
}

/**
 * Reasons with code 0, where no (whole) answer came:
 * `ConnectionFailed`, `Timeout` (no answer within the deadline), `WatchIdle` (nothing came on a watch for longer than
 * bookmarks are apart), `InvalidResponse` (not the JSON asked for), `ResponseTooLarge`.
 */
export type TransportReason =
  'ConnectionFailed' | 'Timeout' | 'WatchIdle' | 'InvalidResponse' | 'ResponseTooLarge';

export interface KubeApiErrorInit {
  code: number;
  reason: string;
  message: string;
  details?: StatusDetails | undefined;
  retryAfterMs?: number | undefined;
  cause?: unknown;
}

export class KubeApiError extends Error {
  override readonly name = 'KubeApiError';
  /** The HTTP status; 0 when no (whole) answer came. */
  readonly code: number;
  /** `Status.reason` of the server, such as `AlreadyExists`, or a `TransportReason`. */
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  /** What the server asked for by Retry-After. */
  readonly retryAfterMs: number | undefined;

  constructor(init: KubeApiErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.reason = init.reason;
    this.details = init.details;
    this.retryAfterMs = init.retryAfterMs;
  }

  get isNotFound(): boolean {
    return this.code === 404;
  }

  /** The object changed in between (409 `Conflict`), or a field belongs to another manager. */
  get isConflict(): boolean {
    return this.code === 409 && this.reason !== 'AlreadyExists';
  }

  get isAlreadyExists(): boolean {
    return this.code === 409 && this.reason === 'AlreadyExists';
  }

  /** The resource version is too old: list again. */
  get isGone(): boolean {
    return this.code === 410 || this.reason === 'Expired' || this.reason === 'Gone';
  }

  get isForbidden(): boolean {
    return this.code === 403;
  }

  get isUnauthorized(): boolean {
    return this.code === 401;
  }

  /** The object is not acceptable as it stands: trying again without changing it is pointless. */
  get isInvalid(): boolean {
    return this.code === 422 || this.code === 400;
  }

  get isTooManyRequests(): boolean {
    return this.code === 429;
  }

  get isTimeout(): boolean {
    return this.reason === 'Timeout' || this.code === 504;
  }

  /** Nobody decided against the request: the same one may succeed later. */
  get isTransient(): boolean {
    return this.code === 0 || this.code === 429 || this.code >= 500;
  }
}

export function isKubeApiError(error: unknown): error is KubeApiError {
  return error instanceof KubeApiError;
}

/** From an HTTP answer that is no success. `body` is usually a `Status`, but proxies answer with whatever they like. */
export function errorFromResponse(
  request: string,
  code: number,
  body: string,
  retryAfterMs?: number,
): KubeApiError {
  const status = parseStatus(body);
  if (status !== undefined) return errorFromStatus(status, `${request}: `, code, retryAfterMs);
  const excerpt = body.slice(0, 200).trim();
  return new KubeApiError({
    code,
    reason: code === 429 ? 'TooManyRequests' : 'Unknown',
    message: `${request}: HTTP ${code}${excerpt === '' ? '' : `: ${excerpt}`}`,
    retryAfterMs,
  });
}

export function errorFromStatus(
  status: KubeStatus,
  prefix = '',
  code = 0,
  retryAfterMs?: number,
): KubeApiError {
  const seconds = status.details?.retryAfterSeconds;
  return new KubeApiError({
    code: status.code ?? code,
    reason: status.reason ?? 'Unknown',
    message: `${prefix}${status.message ?? status.reason ?? 'unknown failure'}`,
    details: status.details,
    retryAfterMs: retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1000),
  });
}

function parseStatus(body: string): KubeStatus | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'kind' in parsed && parsed.kind === 'Status') {
      return parsed as KubeStatus;
    }
  } catch {
    // Not JSON: the caller shows an excerpt of the text instead.
  }
  return undefined;
}
