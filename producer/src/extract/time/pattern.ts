import { offsetMs } from './iso.ts';
import { monthNamed } from './month-name.ts';
import { wallClock } from './wall-clock.ts';
import { inZone, zoneNamed } from './zone.ts';

/** What each run of letters stands for, longest first; the names are those of Java and of Unicode (UTS 35). */
const TOKENS: readonly (readonly [token: string, pattern: string])[] = [
  ['yyyy', '(?<year>\\d{4})'],
  ['yy', '(?<shortYear>\\d{2})'],
  ['MMMM', '(?<monthName>\\p{L}{3,12})'],
  ['MMM', '(?<monthName>\\p{L}{3,5})\\.?'],
  ['MM', '(?<month>\\d{2})'],
  ['M', '(?<month>\\d{1,2})'],
  ['DDD', '(?<dayOfYear>\\d{3})'],
  ['D', '(?<dayOfYear>\\d{1,3})'],
  ['dd', '(?<day>\\d{2})'],
  ['d', '(?<day>\\d{1,2})'],
  ['EEEE', '\\p{L}{4,14}'],
  ['EEE', '\\p{L}{2,4}\\.?'],
  ['HH', '(?<hour>\\d{2})'],
  ['H', '(?<hour>\\d{1,2})'],
  ['hh', '(?<hour12>\\d{2})'],
  ['h', '(?<hour12>\\d{1,2})'],
  ['mm', '(?<minute>\\d{2})'],
  ['m', '(?<minute>\\d{1,2})'],
  ['ss', '(?<second>\\d{2})'],
  ['s', '(?<second>\\d{1,2})'],
  ['SSS', '(?<fraction>\\d{3})'],
  ['S', '(?<fraction>\\d{1,9})'],
  ['a', '(?<half>[AaPp]\\.?[Mm]\\.?)'],
  ['Q', '(?<quarter>[1-4])'],
  ['XXX', '(?<offset>Z|[+-]\\d{2}(?::?\\d{2})?)'],
  ['Z', '(?<offset>Z|[+-]\\d{2}:?\\d{2})'],
  ['VV', '(?<zone>[A-Za-z][A-Za-z_/+\\-0-9]*)'],
  ['z', '(?<zone>[A-Za-z][A-Za-z_/+\\-0-9]*|[+-]\\d{2}:?\\d{2})'],
];
const PATTERN_OF = new Map(TOKENS);

/** Whether a format says how to read a time: each part once, every letter outside '…' a known one. */
export function isTimePattern(format: string): boolean {
  return patternOf(format) !== undefined;
}

/** Milliseconds since the epoch; undefined where the text is not written so, or the format is none. */
export function parsePattern(text: string, format: string, zone: string): number | undefined {
  const found = patternOf(format)?.exec(text)?.groups;
  if (found === undefined) return undefined;
  const month = monthOf(found);
  const [year, hour] = [found['year'] ?? century(found['shortYear']), hourOf(found)];
  if (month === 'none' || hour === 'none') return undefined;
  const date =
    found['dayOfYear'] === undefined ? { month, day: found['day'] } : dateOf(year, found['dayOfYear']);
  const wall = date === undefined ? undefined : wallClock({ ...found, year, hour, ...date });
  if (wall === undefined) return undefined;
  if (found['offset'] !== undefined) return wall - offsetMs(found['offset']);
  const own = found['zone'] === undefined ? zone : zoneNamed(found['zone']);
  return own === undefined ? undefined : inZone(wall, own);
}

const patterns = new Map<string, RegExp | undefined>();

function patternOf(format: string): RegExp | undefined {
  if (!patterns.has(format)) patterns.set(format, compile(format));
  return patterns.get(format);
}

/** Text between apostrophes stands for itself, as do characters that are no letters; a blank for any blanks. */
function compile(format: string): RegExp | undefined {
  let source = '';
  for (const [part] of format.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']/g)) {
    if (part.startsWith("'"))
      source += RegExp.escape(part === "''" ? "'" : part.slice(1, -1).replaceAll("''", "'"));
    else if (part === ' ') source += '\\s+';
    else if (/^[A-Za-z]/.test(part)) {
      // `T` between date and time is so common that nobody quotes it.
      const pattern = part === 'T' ? 'T' : PATTERN_OF.get(part);
      if (pattern === undefined) return undefined;
      source += pattern;
    } else source += RegExp.escape(part);
  }
  try {
    return source === '' ? undefined : new RegExp(`^${source}$`, 'iu');
  } catch {
    // A format that names a part twice is no pattern.
    return undefined;
  }
}

type Groups = Record<string, string | undefined>;

function monthOf({ month, monthName, quarter }: Groups): string | undefined {
  if (quarter !== undefined) return String(Number(quarter) * 3 - 2);
  if (monthName === undefined) return month;
  return monthNamed(monthName)?.toString() ?? 'none';
}

function hourOf({ hour, hour12, half }: Groups): string | undefined {
  if (hour12 === undefined) return hour;
  const number = Number(hour12);
  if (number < 1 || number > 12) return 'none';
  return String((number % 12) + (/^p/i.test(half ?? 'a') ? 12 : 0));
}

/** The date of a day of the year; undefined for day 0, and for 366 where the year has no such day. */
function dateOf(year: string | undefined, dayOfYear: string): { month: string; day: string } | undefined {
  const date = new Date(0);
  date.setUTCFullYear(Number(year ?? 1970), 0, Number(dayOfYear));
  if (date.getUTCFullYear() !== Number(year ?? 1970)) return undefined;
  return { month: String(date.getUTCMonth() + 1), day: String(date.getUTCDate()) };
}

/** 70 to 99 are of the last century. */
function century(shortYear: string | undefined): string | undefined {
  return shortYear === undefined ? undefined : `${Number(shortYear) >= 70 ? '19' : '20'}${shortYear}`;
}
