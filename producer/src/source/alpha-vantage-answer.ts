import { alphaVantageMember, type AlphaVantagePreset } from '@tributary/api';
import { isKnownZone } from '../extract/event-time.ts';
import { isObject, type ExactJson } from '../extract/exact-json.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import type { PageAnswer } from './feed-source.ts';

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
    pattern: /does not exist|Invalid API call|Invalid inputs/i,
    problem: (text) =>
      new UpstreamError(
        'BadRequest',
        `Alpha Vantage does not know this request; check function and parameters: ${text}`,
      ),
  },
];

/** The refusal in a body, if it is one. Every one of them comes with status 200. */
export function alphaVantageRefusal(body: ExactJson): UpstreamError | undefined {
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

/** What an answer holds: raw records, each with its time and what the request knows, in the members that columns name. */
export function alphaVantageAnswer(body: ExactJson, preset: AlphaVantagePreset): PageAnswer {
  const refusal = alphaVantageRefusal(body);
  if (refusal !== undefined) throw refusal;
  if (!isObject(body)) throw new UpstreamError('UpstreamShapeChanged', 'the body is not an object');
  const name = Object.keys(body).find((member) => member.startsWith(preset.container));
  const series = name === undefined ? undefined : body[name];
  if (series === undefined) return withoutSeries(body, preset.container);
  if (!isObject(series)) throw new UpstreamError('UpstreamShapeChanged', `"${name}" is not a map of times`);
  const records = Object.entries(series).map(([time, values]) => {
    if (!isObject(values)) return values;
    const members = Object.entries(values).map(
      ([member, value]) => [alphaVantageMember(member), value] as const,
    );
    return Object.fromEntries<ExactJson>([
      ...members,
      ...Object.entries(preset.constants),
      [preset.timeColumn, time],
    ]);
  });
  const zone = statedZone(body);
  return { records, ...(zone === undefined ? {} : { zone }) };
}

/** Nothing at all, or a description of nothing, is how an unknown symbol and a day without data look. */
function withoutSeries(body: { [name: string]: ExactJson }, container: string): PageAnswer {
  const members = Object.keys(body);
  if (members.every((member) => member === 'Meta Data'))
    return { records: [], warning: 'Alpha Vantage has no data for these parameters; check the symbol' };
  throw new UpstreamError(
    'UpstreamShapeChanged',
    `the body has no member "${container}…"; it has ${members.slice(0, 10).join(', ')}`,
  );
}

/** The zone of all times of the body: by name, as its number shifts between families; "US/Eastern Time" is no IANA name. */
function statedZone(body: { [name: string]: ExactJson }): string | undefined {
  const meta = Object.hasOwn(body, 'Meta Data') ? body['Meta Data'] : undefined;
  if (!isObject(meta)) return undefined;
  const [, zone] = Object.entries(meta).find(([name]) => alphaVantageMember(name) === 'Time Zone') ?? [];
  if (typeof zone !== 'string') return undefined;
  const name = zone.replace(/ Time$/, '');
  return isKnownZone(name) ? name : undefined;
}
