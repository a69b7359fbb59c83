import { parseIso } from './iso.ts';

const DURATION =
  /^(-)?P(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,10}(?:\.\d{1,9})?)S)?)?$/;

/**
 * The time a duration (ISO 8601, such as PT15M) after a time, so many times; in UTC, and undefined where one of them is
 * none. Months and years keep the day, or take the last of a shorter month.
 */
export function addDuration(time: string, duration: string, times: number): string | undefined {
  const start = parseIso(time.trim(), 'UTC');
  const match = DURATION.exec(duration.trim());
  if (start === undefined || match === null || duration.trim().length < 3) return undefined;
  const [years, months, weeks, days, hours, minutes, seconds] = match
    .slice(2)
    .map((part) => Number(part ?? 0)) as [number, number, number, number, number, number, number];
  const count = times * (match[1] === undefined ? 1 : -1);
  const begin = addMonths(start, (years * 12 + months) * count);
  const ms = ((weeks * 7 + days) * 86_400 + hours * 3_600 + minutes * 60 + seconds) * 1_000 * count;
  const sum = new Date(begin + Math.round(ms));
  return Number.isNaN(sum.getTime()) || sum.getUTCFullYear() > 9999 || sum.getUTCFullYear() < 1
    ? undefined
    : sum.toISOString();
}

export function addMonths(start: number, months: number): number {
  if (months === 0) return start;
  const date = new Date(start);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const last = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, last));
  return date.getTime();
}

const FRACTION = '(\\d{1,15})(?:[.,](\\d{1,9}))?';
const BELOW_SIXTY = '([0-5]?\\d)(?:[.,](\\d{1,9}))?';
/** ISO 8601 without years and months, whose length differs; clocks with or without days; units by their letters. */
const LENGTHS = [
  new RegExp(`^P(?:(\\d{1,6})W)?(?:(\\d{1,6})D)?(?:T(?:(\\d{1,8})H)?(?:(\\d{1,10})M)?(?:${FRACTION}S)?)?$`),
  new RegExp(`^()(?:(\\d{1,6})[.d] ?)?(\\d{1,6}):([0-5]?\\d):${BELOW_SIXTY}$`),
  new RegExp(`^()()()(\\d{1,6}):${BELOW_SIXTY}$`),
  new RegExp(
    `^()(?:(\\d{1,6}) ?d ?)?(?:(\\d{1,8}) ?h ?)?(?:(\\d{1,10}) ?m(?:in)? ?)?(?:${FRACTION} ?s?)?$`,
    'i',
  ),
];
const SECONDS = [604_800, 86_400, 3_600, 60, 1];

/** Seconds of `PT2M30S`, `1:27.452` (minutes and seconds), `1:02:03`, `2.03:04:05` or `1h 30m`, with the digits of a fraction as they are. */
export function secondsOf(text: string): string | undefined {
  const [, sign = '', bare = ''] = /^([-+\u2212]?)(.*)$/.exec(text.trim()) ?? [];
  const parts = LENGTHS.map((pattern) => pattern.exec(bare)).find((match) => match !== null);
  if (parts === undefined || !/\d/.test(bare)) return undefined;
  const whole = SECONDS.reduce((sum, seconds, at) => sum + Number(parts[at + 1] ?? 0) * seconds, 0);
  if (!Number.isSafeInteger(whole)) return undefined;
  const fraction = parts[6] === undefined ? '' : `.${parts[6]}`;
  return `${sign === '' || sign === '+' ? '' : '-'}${whole}${fraction}`;
}
