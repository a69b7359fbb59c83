import type { Column } from '@tributary/api';
import { parseEventTime } from '../extract/event-time.ts';

const LONG = /^[+-]?\d{1,19}$/;
const [LEAST_LONG, GREATEST_LONG] = [-(2n ** 63n), 2n ** 63n - 1n];
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE][+-]?\d+)?$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
/** Parts of a year: months, which a cast reads as dates, and quarters, halves and weeks, which it does not. */
const PERIOD = /^(19|20)\d{2}(-(0[1-9]|1[0-2])|[- ]?(Q[1-4]|[SH][12])|-?(M(0[1-9]|1[0-2])|W\d{2}))$/;
const MONTH = /^\d{4}-\d{2}$/;
/** Between 2001 and 2286, so that no ordinary number is taken for a time. */
const EPOCHS: readonly (readonly [format: string, digits: number])[] = [
  ['epochSeconds', 10],
  ['epochMillis', 13],
  ['epochMicros', 16],
  ['epochNanos', 19],
];
/** Ways to write dates that ISO 8601 does not know, most common first. */
const PATTERNS = [
  'dd.MM.yyyy',
  'dd-MM-yyyy',
  'MM/dd/yyyy',
  'dd/MM/yyyy',
  'dd-MMM-yyyy',
  'MMM d, yyyy',
  'MMMM dd, yyyy',
  "yyyy-'M'MM",
  'EEE, dd MMM yyyy HH:mm:ss z',
  'dd.MM.yyyy HH:mm',
  'MM/dd/yyyy HH:mm:ss',
  'yyyy.MM.dd',
  'yyyyMMddHHmmss',
  'yyyyMMddHHmm',
  'd.M.yyyy',
  'M/d/yyyy',
  'd/M/yyyy',
  'd MMM yyyy',
  'd MMMM yyyy',
  'M/d/yy',
  'd/M/yy',
  'EEE MMM d HH:mm:ss yyyy',
  'dd/MMM/yyyy:HH:mm:ss Z',
];
/** Of parts of a year, which no cast downstream reads. */
const PERIOD_PATTERNS = ["'Q'Q yyyy", "'Q'Q-yyyy", "'Q'Q/yyyy", "'FY'yyyy", "'FY' yyyy"];

/** What texts look like: the narrowest type that all of them can be cast to. */
export interface LooksLike {
  type: string;
  /** Of a time that is not written as ISO 8601. */
  format?: string;
  isTime: boolean;
}

/** Undefined where there is no text to judge by. */
export function looksLike(texts: readonly string[]): LooksLike | undefined {
  const given = texts.filter((text) => text !== '');
  if (given.length === 0) return undefined;
  const time = timeOf(given);
  if (time !== undefined) return time;
  if (given.every((text) => text === 'true' || text === 'false')) return { type: 'boolean', isTime: false };
  // Leading zeros belong to codes: 036 is no number.
  if (given.some((text) => /^[+-]?0\d/.test(text))) return { type: 'string', isTime: false };
  if (given.every(isLong)) return { type: 'long', isTime: false };
  return { type: given.every(isNumber) ? numberType(given) : 'string', isTime: false };
}

function isLong(text: string): boolean {
  if (!LONG.test(text)) return false;
  const value = text.length < 19 ? 0n : BigInt(text.replace(/^\+/, ''));
  return value >= LEAST_LONG && value <= GREATEST_LONG;
}

export function isNumber(text: string): boolean {
  const [, , whole = '', fraction = ''] = NUMBER.exec(text) ?? [];
  return whole + fraction !== '';
}

/** Prices and the like keep their digits as decimals; what has very many or an exponent is a double. */
function numberType(texts: readonly string[]): string {
  let [whole, scale] = [1, 0];
  for (const text of texts) {
    const [, , before = '', after = ''] = NUMBER.exec(text) ?? [];
    if (/[eE]/.test(text) || after.length > 10) return 'double';
    whole = Math.max(whole, before.length);
    scale = Math.max(scale, after.length);
  }
  const digits = Math.max(6, scale);
  return whole + digits <= 38 ? `decimal(${Math.max(18, whole + digits)},${digits})` : 'double';
}

function timeOf(texts: readonly string[]): LooksLike | undefined {
  if (texts.every((text) => DATE.test(text) && parseEventTime(text, {}) !== undefined))
    return { type: 'date', isTime: true };
  if (texts.every((text) => /\d{4}-?\d{2}-?\d{2}[T ]/.test(text) && parseEventTime(text, {}) !== undefined))
    return { type: 'timestamp', isTime: true };
  if (texts.every((text) => PERIOD.test(text) && parseEventTime(text, {}) !== undefined))
    return { type: texts.every((text) => MONTH.test(text)) ? 'date' : 'string', isTime: true };
  const epoch = EPOCHS.find(([, digits]) =>
    texts.every((text) => new RegExp(`^1\\d{${digits - 1}}(\\.\\d+)?$`).test(text)),
  );
  if (epoch !== undefined) return { type: 'timestamp', format: epoch[0], isTime: true };
  if (
    texts.every(
      (text) => /^(19|20)\d{6}$/.test(text) && parseEventTime(text, { format: 'yyyyMMdd' }) !== undefined,
    )
  )
    return { type: 'date', format: 'yyyyMMdd', isTime: true };
  const isWritten = (pattern: string): boolean =>
    texts.every((text) => parseEventTime(text, { format: pattern }) !== undefined);
  const format = PATTERNS.find(isWritten);
  if (format !== undefined) return { type: /H/.test(format) ? 'timestamp' : 'date', format, isTime: true };
  const period = PERIOD_PATTERNS.find(isWritten);
  return period === undefined ? undefined : { type: 'string', format: period, isTime: true };
}

/** As Spark casts: years, months and days, and what follows after a blank or a T. */
const CASTABLE_TIME = /^[+-]?\d{4,6}(-\d{1,2}(-\d{1,2}([ T].*)?)?)?$/;

/** Words that a cast to double reads; one to a decimal does not. */
const NO_FINITE = /^(nan|[+-]?inf(inity)?)$/i;

/** Why a text cannot be cast to a type as a whole; undefined where it can, or where only downstream can tell. */
export function castFault(type: Column['type'], text: string): string | undefined {
  if (type === 'long') return isLong(text) ? undefined : 'no whole number of 64 bits';
  if (type === 'double') return isNumber(text) || NO_FINITE.test(text) ? undefined : 'no number';
  if (type === 'boolean')
    return /^(true|false|t|f|yes|no|y|n|1|0)$/i.test(text) ? undefined : 'neither true nor false';
  if (type === 'date' || type === 'timestamp')
    return CASTABLE_TIME.test(text) ? undefined : `no ${type} that a cast reads`;
  const [, precision, scale] = /^decimal\((\d+),(\d+)\)$/.exec(type) ?? [];
  if (precision === undefined || scale === undefined) return undefined;
  if (!isNumber(text)) return 'no number';
  const [, , whole = '', fraction = ''] = NUMBER.exec(text) ?? [];
  if (whole.replace(/^0+/, '').length > Number(precision) - Number(scale)) return `too large for ${type}`;
  return fraction.replace(/0+$/, '').length > Number(scale) ? `rounded by ${type}` : undefined;
}
