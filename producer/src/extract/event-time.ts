/** How a time column is written and which zone a time without one is in. */
export interface TimeFormat {
  /** epochSeconds, epochMillis, epochMicros, epochNanos, a pattern such as yyyyMMdd; absent: ISO 8601. */
  format?: string | undefined;
  /** IANA zone. @default UTC */
  zone?: string | undefined;
}

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;
const BASIC = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(?:(\d{2}))?(Z)?$/;
const EPOCH_PER_MS: Readonly<Record<string, number>> = {
  epochSeconds: 1 / 1_000,
  epochMillis: 1,
  epochMicros: 1_000,
  epochNanos: 1_000_000,
};
const TOKENS: Readonly<Record<string, string>> = {
  yyyy: '(?<year>\\d{4})',
  MM: '(?<month>\\d{2})',
  dd: '(?<day>\\d{2})',
  HH: '(?<hour>\\d{2})',
  mm: '(?<minute>\\d{2})',
  ss: '(?<second>\\d{2})',
  SSS: '(?<milli>\\d{3})',
};

/** Milliseconds since the epoch, or undefined where the text is no time in that format. */
export function parseEventTime(text: string, { format, zone = 'UTC' }: TimeFormat): number | undefined {
  if (format === undefined) return parseIso(text, zone);
  const perMs = EPOCH_PER_MS[format];
  return perMs === undefined ? parsePattern(text, format, zone) : parseEpoch(text, perMs);
}

/** RFC 3339 in UTC with milliseconds; undefined where the text is no time in that format. */
export function eventTime(text: string, format: TimeFormat): string | undefined {
  const ms = parseEventTime(text.trim(), format);
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

/** True for a zone that can be computed with. */
export function isKnownZone(zone: string): boolean {
  try {
    formatterOf(zone);
    return true;
  } catch {
    return false;
  }
}

function parseIso(text: string, zone: string): number | undefined {
  const match = ISO.exec(text) ?? BASIC.exec(text);
  if (match === null) return undefined;
  const basic = match.length === BASIC_GROUPS;
  const [, year, month, day, hour, minute, second] = match;
  const fraction = basic ? undefined : match[7];
  const offset = basic ? match[7] : match[8];
  const wall = wallClock({
    year,
    month,
    day,
    hour,
    minute,
    second,
    milli: fraction?.padEnd(3, '0').slice(0, 3),
  });
  if (wall === undefined) return undefined;
  return offset === undefined ? inZone(wall, zone) : wall - offsetMs(offset);
}

const BASIC_GROUPS = 8;

function parseEpoch(text: string, perMs: number): number | undefined {
  if (!/^-?\d{1,20}(\.\d{1,12})?$/.test(text)) return undefined;
  const ms = Number(text) / perMs;
  return inRange(ms) ? Math.trunc(ms) : undefined;
}

function parsePattern(text: string, format: string, zone: string): number | undefined {
  const match = patternOf(format)?.exec(text);
  if (match?.groups === undefined) return undefined;
  const wall = wallClock(match.groups);
  return wall === undefined ? undefined : inZone(wall, zone);
}

const patterns = new Map<string, RegExp | undefined>();

function patternOf(format: string): RegExp | undefined {
  if (!patterns.has(format)) {
    const source = format.replace(
      /yyyy|SSS|MM|dd|HH|mm|ss|[^A-Za-z0-9]|./g,
      (part) => TOKENS[part] ?? RegExp.escape(part),
    );
    patterns.set(format, compile(source));
  }
  return patterns.get(format);
}

/** A format that names a part twice is no pattern. */
function compile(source: string): RegExp | undefined {
  try {
    return new RegExp(`^${source}$`);
  } catch {
    return undefined;
  }
}

type Parts = Record<string, string | undefined>;

/** The wall clock as if it were UTC; undefined for 31 February or 25 o'clock. */
function wallClock(parts: Parts): number | undefined {
  const part = (name: string, whenAbsent: number): number => Number(parts[name] ?? whenAbsent);
  const [year, month, day] = [part('year', 1970), part('month', 1), part('day', 1)];
  const [hour, minute, second] = [part('hour', 0), part('minute', 0), part('second', 0)];
  const ms = Date.UTC(year, month - 1, day, hour, minute, second, part('milli', 0));
  const date = new Date(ms);
  const exists =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  return exists && inRange(ms) ? ms : undefined;
}

function inRange(ms: number): boolean {
  const FIRST = Date.UTC(1, 0, 1);
  const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
  return Number.isFinite(ms) && ms >= FIRST && ms <= LAST;
}

function offsetMs(offset: string): number {
  if (offset.toUpperCase() === 'Z') return 0;
  const sign = offset.startsWith('-') ? -1 : 1;
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0');
  return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
}

/** The instant at which a zone's clocks show `wall`: of two (clocks set back) the first; of none (set forward) the later side. */
function inZone(wall: number, zone: string): number | undefined {
  if (zone === 'UTC') return wall;
  if (!isKnownZone(zone)) return undefined;
  const DAY = 86_400_000;
  const candidates = [zoneOffset(wall - DAY, zone), zoneOffset(wall + DAY, zone)].map(
    (offset) => wall - offset,
  );
  const fitting = candidates.filter((instant) => instant + zoneOffset(instant, zone) === wall);
  return fitting.length > 0 ? Math.min(...fitting) : Math.max(...candidates);
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(zone, formatter);
  return formatter;
}

function zoneOffset(instant: number, zone: string): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatterOf(zone).formatToParts(instant)) parts[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1_000) * 1_000;
}
