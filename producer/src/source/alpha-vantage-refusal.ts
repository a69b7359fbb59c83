import { isObject, type ExactJson } from '../extract/exact-json.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';

/** What the words of a refusal mean. Order matters: the burst notice also speaks of the daily limit (facts of 2018 to 2026). */
const WORDINGS: { pattern: RegExp; problem: (text: string) => UpstreamError }[] = [
  {
    pattern: /\*\*demo\*\* API key|apikey is invalid or missing/i,
    problem: (text) => new UpstreamError('AuthFailed', `Alpha Vantage refused the key: ${text}`),
  },
  {
    pattern: /1 request per second|Burst pattern detected|spreading out your/i,
    problem: (text) => new UpstreamError('RateLimited', `Alpha Vantage: ${text}`, { retryAfterMs: 2_000 }),
  },
  {
    pattern: /call frequency is|calls per minute/i,
    problem: (text) => new UpstreamError('RateLimited', `Alpha Vantage: ${text}`, { retryAfterMs: 60_000 }),
  },
  {
    pattern: /requests per day/i,
    problem: (text) =>
      new UpstreamError('QuotaExhausted', `Alpha Vantage: ${text}`, { retryAfterMs: 3_600_000 }),
  },
  {
    pattern: /premium (endpoint|feature)|is a premium/i,
    problem: (text) => new UpstreamError('NotEntitled', `the key's plan does not include this: ${text}`),
  },
  {
    pattern: /internal or external error|apologize/i,
    problem: (text) =>
      new UpstreamError('UpstreamFailed', `Alpha Vantage: ${text}`, { retryAfterMs: 60_000 }),
  },
  {
    pattern: /does not exist|Invalid API call|Invalid inputs|satisfy the request Accept/i,
    problem: (text) =>
      new UpstreamError(
        'BadRequest',
        `Alpha Vantage does not know this request; check function and parameters: ${text}`,
      ),
  },
];

/** The refusal in a body, if it is one. Every one of them comes with status 200. */
export function alphaVantageRefusal(body: ExactJson): UpstreamError | undefined {
  // Refusals are objects; whether a list is an answer is for the function to say.
  if (Array.isArray(body)) return undefined;
  if (!isObject(body))
    return new UpstreamError(
      'UpstreamShapeChanged',
      'Alpha Vantage answered something that is not an object',
    );
  for (const name of ['Error Message', 'Information', 'Note', 'message', 'detail']) {
    const text = Object.hasOwn(body, name) ? body[name] : undefined;
    if (typeof text !== 'string' || (name === 'message' && text === 'success')) continue;
    const known = WORDINGS.find(({ pattern }) => pattern.test(text));
    if (known !== undefined) return known.problem(text);
    // Wording changes every few years; a body that says something and holds no data is never "no data".
    return new UpstreamError('UpstreamFailed', `Alpha Vantage said: ${text}`, { retryAfterMs: 60_000 });
  }
  return undefined;
}
