import { parseEventTime } from '../extract/event-time.ts';

/** How a time is written into a request. */
export interface TimeWriting {
  /** epochSeconds, epochMillis, epochMicros, epochNanos, or a pattern of yyyy MM dd HH mm ss SSS. @default ISO 8601 */
  format?: string | undefined;
  /** Of a pattern. @default UTC */
  zone?: string | undefined;
}

const EPOCH_DIGITS: Readonly<Record<string, (ms: number) => string>> = {
  epochSeconds: (ms) => String(Math.floor(ms / 1_000)),
  epochMillis: (ms) => String(ms),
  epochMicros: (ms) => String(BigInt(ms) * 1_000n),
  epochNanos: (ms) => String(BigInt(ms) * 1_000_000n),
};

/** A time as an API wants it. */
export function timeText(ms: number, { format, zone = 'UTC' }: TimeWriting): string {
  if (format === undefined) return new Date(ms).toISOString().replace('.000Z', 'Z');
  const epoch = EPOCH_DIGITS[format];
  if (epoch !== undefined) return epoch(Math.trunc(ms));
  const parts = partsIn(ms, zone);
  // Other letters of a pattern stand for themselves, within quotes or not.
  return format.replaceAll(
    /yyyy|SSS|MM|dd|HH|mm|ss|'([^']*)'/g,
    (token, quoted: string | undefined) => quoted ?? parts[token] ?? token,
  );
}

/** A time in the writing of `like`, which is a time as the same API wrote it; undefined where that is none we could write. */
export function timeLike(ms: number, like: string, { format, zone }: TimeWriting): string | undefined {
  if (format !== undefined) {
    const text = timeText(ms, { format, zone });
    // A writing that cannot be read back is one that we cannot write.
    return parseEventTime(text, { format, zone }) === undefined ? undefined : text;
  }
  const iso = /^\d{4}-\d\d-\d\d(?:([T ])\d\d:\d\d(:\d\d([.,]\d+)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?)?$/i.exec(
    like,
  );
  if (iso === null) return undefined;
  const [, separator, seconds, fraction, offset] = iso;
  // Of a time with an offset, UTC says the same; a time without one is local to its zone.
  const local = partsIn(ms, offset === undefined ? (zone ?? 'UTC') : 'UTC');
  const date = `${local['yyyy']}-${local['MM']}-${local['dd']}`;
  if (separator === undefined) return date;
  const time = `${local['HH']}:${local['mm']}${seconds === undefined ? '' : `:${local['ss']}`}`;
  const end = offset === undefined ? '' : 'Z';
  return `${date}${separator}${time}${fraction === undefined ? '' : `.${local['SSS']}`}${end}`;
}

function partsIn(ms: number, zone: string): Record<string, string> {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(ms);
  const part = (type: string): string => parts.find((it) => it.type === type)?.value ?? '';
  return {
    yyyy: part('year').padStart(4, '0'),
    MM: part('month'),
    dd: part('day'),
    HH: part('hour'),
    mm: part('minute'),
    ss: part('second'),
    SSS: String(new Date(ms).getUTCMilliseconds()).padStart(3, '0'),
  };
}
