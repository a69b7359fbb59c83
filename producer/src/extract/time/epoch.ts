import { inRange } from './wall-clock.ts';

/** Digits that the unit has beyond milliseconds; negative: that it lacks. */
const SHIFT: Readonly<Record<string, number>> = {
  epochSeconds: -3,
  epochMillis: 0,
  epochMicros: 3,
  epochNanos: 6,
};
/** Formats that count days, and the day of 1970-01-01 in each: spreadsheets count from 1899-12-30. */
const DAYS: Readonly<Record<string, number>> = { excelDays: 25_569, epochDays: 0 };
/** As Microsoft's services write them; an offset behind is for showing and does not move the time. */
const WRAPPED = /^\/Date\((-?\d{1,17})(?:[+-]\d{4})?\)\/$/;
const DECIMAL = /^(-?)(\d{1,20})(?:\.(\d{1,12}))?$/;
const EXPONENT = /^(-?)(\d)(?:\.(\d{1,18}))?[eE]\+?(\d{1,2})$/;

export function isEpoch(format: string): boolean {
  return Object.hasOwn(SHIFT, format) || Object.hasOwn(DAYS, format);
}

/** Milliseconds since the epoch, cut, never rounded: of 19 digits a double would lose the last. */
export function parseEpoch(text: string, format: string): number | undefined {
  const beginning = DAYS[format];
  if (beginning !== undefined) return parseDays(text, beginning);
  const match = DECIMAL.exec(withoutExponent(WRAPPED.exec(text)?.[1] ?? text));
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = ''] = match;
  const shift = SHIFT[format] ?? 0;
  const digits = shift <= 0 ? whole + fraction.padEnd(-shift, '0').slice(0, -shift) : whole.slice(0, -shift);
  const ms = Number(`${sign}${digits === '' ? '0' : digits}`);
  return inRange(ms) ? ms : undefined;
}

/** `1.6525e9`, as some write large numbers. */
function withoutExponent(text: string): string {
  const match = EXPONENT.exec(text);
  if (match === null) return text;
  const [, sign = '', first = '', fraction = '', exponent = ''] = match;
  const places = Number(exponent);
  const digits = (first + fraction).padEnd(places + 1, '0');
  const rest = digits.slice(places + 1);
  return `${sign}${digits.slice(0, places + 1)}${rest === '' ? '' : `.${rest}`}`;
}

function parseDays(text: string, beginning: number): number | undefined {
  if (!/^\d{1,7}(\.\d{1,12})?$/.test(text)) return undefined;
  const ms = Math.round((Number(text) - beginning) * 86_400_000);
  return inRange(ms) ? ms : undefined;
}
