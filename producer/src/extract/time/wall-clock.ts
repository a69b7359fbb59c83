/** Parts of a time as written, each a text of digits. */
export interface Parts {
  year?: string | undefined;
  month?: string | undefined;
  day?: string | undefined;
  hour?: string | undefined;
  minute?: string | undefined;
  second?: string | undefined;
  /** Digits after the decimal point. */
  fraction?: string | undefined;
}

const FIRST = utc(1, 0, 1);
const LAST = utc(9999, 11, 31) + 86_400_000 - 1;

/**
 * The wall clock as if it were UTC; undefined for 31 February or 25 o'clock. 24:00 is the beginning of the next day, a
 * leap second (`:60`) the next one, as computers count.
 */
export function wallClock(parts: Parts): number | undefined {
  const part = (text: string | undefined, whenAbsent: number): number =>
    text === undefined ? whenAbsent : Number(text);
  const [year, month, day] = [part(parts.year, 1970), part(parts.month, 1), part(parts.day, 1)];
  const [hour, minute, second] = [part(parts.hour, 0), part(parts.minute, 0), part(parts.second, 0)];
  const date = utc(year, month - 1, day);
  const exists = new Date(date).getUTCMonth() === month - 1 && new Date(date).getUTCDate() === day;
  const dayEnds = hour === 24 && minute === 0 && second === 0;
  if (!exists || !(hour < 24 || dayEnds) || minute > 59 || second > 60) return undefined;
  const milli = Number((parts.fraction ?? '').padEnd(3, '0').slice(0, 3));
  const ms = date + ((hour * 60 + minute) * 60 + second) * 1_000 + milli;
  return inRange(ms) ? ms : undefined;
}

export function inRange(ms: number): boolean {
  return Number.isFinite(ms) && ms >= FIRST && ms <= LAST;
}

/** `Date.UTC` takes the years 0 to 99 for those of the last century. */
function utc(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  return date.getTime();
}
