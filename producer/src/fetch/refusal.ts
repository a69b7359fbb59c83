import { rateLimitPauseMs, retryAfterMs } from './rate-limit-headers.ts';
import { UpstreamError } from './upstream-error.ts';

const LARGEST_QUOTED_BYTES = 64 * 1024;
const LONGEST_QUOTE = 300;

export interface Refused {
  status: number;
  headers: Readonly<Record<string, string | undefined>>;
  bytes: Buffer;
  text: (bytes: Buffer) => string;
  redact: (text: string) => string;
  /** When it was answered, in milliseconds. @default now */
  observed?: number | undefined;
}

/** What an answer that is no 2xx means, by its status; rules of the source may know better by its body. */
export function refusalOf({ status, headers, bytes, text, redact, observed }: Refused): UpstreamError {
  // Redacted before it is cut, or half a key could stay.
  const body = redact(text(bytes.subarray(0, LARGEST_QUOTED_BYTES)));
  const said = body.replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_QUOTE);
  // A message must not change with every poll: only what is likely to stay the same is quoted.
  const passing = status === 408 || status === 429 || status >= 500;
  const { location } = headers;
  const leads = status < 400 && location !== undefined ? `, which leads to ${redact(location)}` : '';
  const message = `the API answered with status ${status}${leads}${said === '' || passing ? '' : `: ${said}`}`;
  const now = observed ?? Date.now();
  const pauseMs = rateLimitPauseMs(headers, now);
  const wait = retryAfterMs(headers['retry-after'], now) ?? pauseMs;
  const options = { answer: { status, body }, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
  if (status === 429) return new UpstreamError('RateLimited', message, options);
  // Some say 403 when the requests of an hour are spent, and tell so in their headers only.
  if (status === 403 && pauseMs !== undefined) return new UpstreamError('RateLimited', message, options);
  if (status === 401 || status === 403)
    return new UpstreamError('AuthFailed', message, { answer: options.answer });
  if (status === 408 || status >= 500) return new UpstreamError('UpstreamFailed', message, options);
  return new UpstreamError('BadRequest', message, { answer: options.answer });
}
