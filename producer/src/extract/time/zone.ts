const DAY_MS = 86_400_000;

/** Abbreviations that Intl does not know and that mean one thing only. */
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  Z: 'UTC',
  EDT: '-04:00',
  CDT: '-05:00',
  MDT: '-06:00',
  PST: '-08:00',
  PDT: '-07:00',
  JST: '+09:00',
  CEST: '+02:00',
  EEST: '+03:00',
  WEST: '+01:00',
  MSK: '+03:00',
  SAST: '+02:00',
  HKT: '+08:00',
  SGT: '+08:00',
  KST: '+09:00',
  AKST: '-09:00',
  AKDT: '-08:00',
  AWST: '+08:00',
  ACST: '+09:30',
  ACDT: '+10:30',
  AEST: '+10:00',
  AEDT: '+11:00',
  NZST: '+12:00',
  NZDT: '+13:00',
};

/** True for a zone that can be computed with. */
export function isKnownZone(zone: string): boolean {
  try {
    formatterOf(zone);
    return true;
  } catch {
    return false;
  }
}

/** The zone that a body means by `US/Eastern Time`, `UTC-04`, `GMT+5:30`, `-18000` (seconds) or `EDT`; undefined where it means none that we know. */
export function zoneNamed(text: string): string | undefined {
  const name = text.trim().replace(/ Time$/, '');
  const seconds = secondsOf(name);
  if (seconds !== undefined) return zoneOfSeconds(seconds);
  const offset = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$/.exec(name);
  if (offset !== null) {
    const [, sign = '+', hours = '', minutes = '00'] = offset;
    const zone = `${sign}${hours.padStart(2, '0')}:${minutes}`;
    return isKnownZone(zone) ? zone : undefined;
  }
  const zone = Object.hasOwn(ABBREVIATIONS, name) ? ABBREVIATIONS[name] : name;
  return zone !== undefined && (zone !== name || isPlainName(name)) && isKnownZone(zone) ? zone : undefined;
}

/**
 * Names that Intl may be asked for. Short ones it takes for legacy identifiers that nobody means who writes times: BST
 * would be Bangladesh and AST Alaska, which makes wrong instants in silence. A zone of the declaration is not read by this.
 */
const PLAIN_NAMES = new Set(['UTC', 'GMT', 'UCT', 'EST', 'MST', 'HST', 'CET', 'EET', 'WET', 'MET']);

function isPlainName(name: string): boolean {
  return name.includes('/') || PLAIN_NAMES.has(name) || COUNTRIES.has(name);
}

/** Names of the time zone database that are neither `Area/Place` nor an abbreviation. */
const COUNTRIES = new Set([
  'Cuba',
  'Egypt',
  'Eire',
  'Greenwich',
  'Hongkong',
  'Iceland',
  'Iran',
  'Israel',
  'Jamaica',
  'Japan',
  'Libya',
  'Navajo',
  'Poland',
  'Portugal',
  'Singapore',
  'Turkey',
  'Universal',
  'Zulu',
]);

const QUARTER_HOUR = 900;
const FARTHEST = 14 * 3_600;

/** `3600` and `-18000` are offsets in seconds; `-0500` is one in hours and minutes. */
function secondsOf(name: string): number | undefined {
  if (!/^-?\d{1,5}$/.test(name) || /^-?0\d/.test(name)) return undefined;
  const seconds = Number(name);
  const fits = Math.abs(seconds) <= FARTHEST && seconds % QUARTER_HOUR === 0;
  // Up to 14 the number may be hours, and with a sign and four digits hours and minutes.
  const hours = name.startsWith('-') && name.length === 5 && Math.abs(seconds) <= 1_400;
  return fits && !hours ? seconds : undefined;
}

function zoneOfSeconds(seconds: number): string | undefined {
  const minutes = Math.abs(seconds) / 60;
  const two = (part: number): string => String(part).padStart(2, '0');
  const zone = `${seconds < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
  return isKnownZone(zone) ? zone : undefined;
}

/** The instant at which a zone's clocks show `wall`: of two (clocks set back) the first; of none (set forward) the later side. */
export function inZone(wall: number, zone: string): number | undefined {
  if (zone === 'UTC') return wall;
  if (!isKnownZone(zone)) return undefined;
  const [before, after] = [offsetAt(wall - DAY_MS, zone), offsetAt(wall + DAY_MS, zone)];
  if (before === after) return wall - before;
  const candidates = [wall - before, wall - after];
  const fitting = candidates.filter((instant) => instant + zoneOffset(instant, zone) === wall);
  return fitting.length > 0 ? Math.min(...fitting) : Math.max(...candidates);
}

/** What a zone's clocks show at an instant, as if it were UTC. */
export function wallIn(instant: number, zone: string): number {
  return zone === 'UTC' ? instant : instant + zoneOffset(instant, zone);
}

/** Offsets at the beginning of days, by zone: a formatter takes microseconds, and a page holds few days. */
const known = new Map<string, Map<number, number>>();
const MOST_KNOWN_DAYS = 50_000;

/** The offset at the beginning of the day of `instant`, as UTC counts days. */
function offsetAt(instant: number, zone: string): number {
  let days = known.get(zone);
  if (days === undefined || days.size > MOST_KNOWN_DAYS) known.set(zone, (days = new Map()));
  const day = Math.floor(instant / DAY_MS);
  let offset = days.get(day);
  if (offset === undefined) days.set(day, (offset = zoneOffset(day * DAY_MS, zone)));
  return offset;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const found = formatters.get(zone);
  if (found !== undefined) return found;
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
