type Headers = Readonly<Record<string, string | undefined>>;

const LONGEST_MS = 24 * 3_600_000;
/** Larger numbers of seconds are a time since 1970. */
const EPOCH_FROM_S = 1_000_000_000;
const EPOCH_MS_FROM = 1_000_000_000_000;

/** Retry-After in seconds or as a date (RFC 9110), bounded. */
export function retryAfterMs(value: string | undefined, now: number): number | undefined {
  if (value === undefined || value === '') return undefined;
  return bounded(/^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now);
}

/**
 * How long to ask nothing, where the headers say that no request is left: `RateLimit: "default";r=0;t=30` and its drafts,
 * `RateLimit-Remaining` and `-Reset`, and the `X-RateLimit-…` of many (seconds, or seconds or milliseconds since 1970).
 */
export function rateLimitPauseMs(headers: Headers, now: number): number | undefined {
  const pauses = [
    ...structured(headers['ratelimit']),
    ...['ratelimit', 'x-ratelimit', 'x-rate-limit'].map((name) => ({
      remaining: headers[`${name}-remaining`],
      reset: headers[`${name}-reset`],
    })),
  ].flatMap(({ remaining, reset }) => (isNone(remaining) ? [resetMs(reset, now)] : []));
  const known = pauses.filter((ms) => ms !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** Each policy of a RateLimit header. */
function structured(header: string | undefined): { remaining?: string; reset?: string }[] {
  if (header === undefined) return [];
  // An early draft separates the members of its only policy by commas.
  const policies = /\bremaining\s*=/.test(header) ? [header] : header.split(',');
  return policies.map((policy) => {
    const remaining = /(?:^|[\s;,])(?:r|remaining)\s*=\s*(\d+)/.exec(policy)?.[1];
    const reset = /(?:^|[\s;,])(?:t|reset)\s*=\s*(\d+)/.exec(policy)?.[1];
    return {
      ...(remaining === undefined ? {} : { remaining }),
      ...(reset === undefined ? {} : { reset }),
    };
  });
}

/** Repeated headers arrive as one list; the strictest counts. */
function isNone(remaining: string | undefined): boolean {
  return (remaining ?? '').split(',').some((part) => /^\s*0+(\.0+)?\s*$/.test(part));
}

function resetMs(reset: string | undefined, now: number): number | undefined {
  const text = (reset ?? '').split(',').at(-1)?.trim() ?? '';
  if (text === '') return undefined;
  const value = Number(text);
  if (!Number.isFinite(value)) return bounded(Date.parse(text) - now);
  if (value >= EPOCH_MS_FROM) return bounded(value - now);
  return bounded(value >= EPOCH_FROM_S ? value * 1_000 - now : value * 1_000);
}

function bounded(ms: number): number | undefined {
  return Number.isFinite(ms) ? Math.min(Math.max(0, Math.ceil(ms)), LONGEST_MS) : undefined;
}
