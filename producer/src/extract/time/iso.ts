import { wallClock } from './wall-clock.ts';
import { inZone, zoneNamed } from './zone.ts';

const ISO =
  /^(\d{4})([-/.])(\d{2})\2(\d{2})(?:[T ](\d{2})(?::(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?(?:\[[A-Za-z_/+\-0-9]{1,48}\])?$/i;
const BASIC =
  /^(\d{4})()(\d{2})(\d{2})(?:T(\d{2})(\d{2})(?:(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;
const MONTH = /^(\d{4})(?:-?M(\d{1,2})|-(\d{2}))?$/i;
/** Parts of a year as SDMX and statistics name them: A1, S1 or H1, T1, Q1. */
const PART = /^(\d{4})[- ]?(?:(A)(1)|([SH])([12])|(T)([1-3])|(Q)([1-4]))$/i;
const DAY_OF_YEAR = /^(\d{4})-(?:D?(\d{3}))$/i;
const WEEK = /^(\d{4})-?W(\d{2})(?:-?([1-7]))?$/i;
const WITH_ZONE = /^(.*\d) ([A-Za-z][A-Za-z_]+(?:\/[A-Za-z_+\-0-9]+)*(?: Time)?)$/;

/**
 * ISO 8601 and its near relatives: dates and times with or without offset, years, months (`2026-03`), quarters (`2026-Q1`),
 * weeks (`2026-W10`) and other parts of a year, an IANA zone behind a blank or in brackets behind an offset, and of an interval (`start/end`) its beginning.
 */
export function parseIso(text: string, zone: string): number | undefined {
  const match = ISO.exec(text) ?? BASIC.exec(text);
  if (match === null) return parseOther(text, zone);
  const [, year, , month, day, hour, minute, second, fraction, offset] = match;
  const wall = wallClock({ year, month, day, hour, minute, second, fraction });
  if (wall === undefined) return undefined;
  return offset === undefined ? inZone(wall, zone) : wall - offsetMs(offset);
}

/** Of `Z`, `+02`, `+0200` or `+02:00`. */
export function offsetMs(offset: string): number {
  if (offset.toUpperCase() === 'Z') return 0;
  const sign = offset.startsWith('-') ? -1 : 1;
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0');
  return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
}

function parseOther(text: string, zone: string): number | undefined {
  const wall = periodBegin(text);
  if (wall !== undefined) return inZone(wall, zone);
  const [, time, named] = WITH_ZONE.exec(text) ?? [];
  if (time !== undefined && named !== undefined) {
    const own = zoneNamed(named);
    return own === undefined ? undefined : parseIso(time, own);
  }
  const slash = text.indexOf('/');
  return slash > 0 && /^P|^\d{4}/.test(text.slice(slash + 1))
    ? parseIso(text.slice(0, slash), zone)
    : undefined;
}

function periodBegin(text: string): number | undefined {
  const month = MONTH.exec(text);
  if (month !== null) return wallClock({ year: month[1], month: month[2] ?? month[3] });
  const [, year, ...part] = PART.exec(text) ?? [];
  const [letter, number] = part.filter((each) => (each as string | undefined) !== undefined);
  if (letter !== undefined && number !== undefined)
    return wallClock({
      year,
      month: String((Number(number) - 1) * (MONTHS_OF[letter.toUpperCase()] ?? 12) + 1),
    });
  const [, ofYear, day] = DAY_OF_YEAR.exec(text) ?? [];
  if (ofYear !== undefined && day !== undefined) return dayOfYear(ofYear, Number(day));
  const week = WEEK.exec(text);
  return week === null ? undefined : weekBegin(Number(week[1]), Number(week[2]), Number(week[3] ?? 1));
}

const MONTHS_OF: Readonly<Record<string, number>> = { A: 12, S: 6, H: 6, T: 4, Q: 3 };

function dayOfYear(year: string, day: number): number | undefined {
  const first = wallClock({ year });
  if (first === undefined || day < 1) return undefined;
  const wall = first + (day - 1) * 86_400_000;
  return new Date(wall).getUTCFullYear() === Number(year) ? wall : undefined;
}

/** ISO weeks begin on Monday; the first holds 4 January. */
function weekBegin(year: number, week: number, day: number): number | undefined {
  const fourth = Date.UTC(year, 0, 4);
  const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * 86_400_000;
  const begin = monday + (week - 1) * 7 * 86_400_000;
  // A week belongs to the year of its Thursday: few years have a 53rd.
  const exists = week >= 1 && new Date(begin + 3 * 86_400_000).getUTCFullYear() === year;
  return exists ? begin + (day - 1) * 86_400_000 : undefined;
}
