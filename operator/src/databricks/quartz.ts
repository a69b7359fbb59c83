/** A cron expression that Quartz cannot say; the message names the part. */
export class CronError extends Error {
  override readonly name = 'CronError';
}

interface Field {
  name: string;
  min: number;
  max: number;
  names?: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const SECOND: Field = { name: 'second', min: 0, max: 59 };
const MINUTE: Field = { name: 'minute', min: 0, max: 59 };
const HOUR: Field = { name: 'hour', min: 0, max: 23 };
const DAY_OF_MONTH: Field = { name: 'day of month', min: 1, max: 31 };
const MONTH: Field = { name: 'month', min: 1, max: 12, names: MONTHS };

/**
 * Cron of five fields, or six with seconds first, as Quartz has it: seconds always, `?` in one of the day fields, Sunday
 * is 1, and a step from one value runs to the field's end. Cron fires when either day field matches, Quartz cannot: such
 * an expression is refused.
 */
export function cronToQuartz(expression: string): string {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6)
    throw new CronError(`"${expression}" has ${fields.length} fields, not 5 or 6`);
  const [second = '0', minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] =
    fields.length === 6 ? fields : ['0', ...fields];
  return [
    translate(second, SECOND),
    translate(minute, MINUTE),
    translate(hour, HOUR),
    ...days(dayOfMonth, month, dayOfWeek),
  ].join(' ');
}

/** Day of month, month and day of week. */
function days(dayOfMonth: string, month: string, dayOfWeek: string): [string, string, string] {
  const anyDate = isAny(dayOfMonth);
  const anyDay = isAny(dayOfWeek);
  if (!anyDate && !anyDay)
    throw new CronError(
      `day of month "${dayOfMonth}" and day of week "${dayOfWeek}" cannot both be set: cron fires on either, Databricks takes only one`,
    );
  const months = translate(month, MONTH);
  if (anyDay) return [dateField(dayOfMonth), months, '?'];
  return ['?', months, dayField(dayOfWeek)];
}

function isAny(field: string): boolean {
  return field === '*' || field === '?';
}

function dateField(field: string): string {
  if (field === '?') return '*';
  if (/^L$/i.test(field)) return 'L';
  return translate(field, DAY_OF_MONTH);
}

/** Cron counts Sunday as 0 or 7, Quartz as 1: written out by name, nothing can be off by one. */
function dayField(field: string): string {
  return field.split(',').map(dayItem).join(',');
}

function dayItem(item: string): string {
  const nth = /^([^#L]+)(#[1-5]|L|#L)$/i.exec(item);
  if (nth !== null) {
    const [, day = '', which = ''] = nth;
    // Quartz takes `6L` and `6#3` by number only.
    const number = dayNumber(day) + 1;
    return /^#?L$/i.test(which) ? `${number}L` : `${number}${which}`;
  }
  const [range = '', step, ...rest] = item.split('/');
  if (rest.length > 0) throw new CronError(`day of week "${item}" cannot be read`);
  const list = dayRange(range, step !== undefined);
  const every = step === undefined ? 1 : stepOf(step, 'day of week');
  const picked = list.filter((_, index) => index % every === 0);
  const first = picked[0] ?? 0;
  const last = picked.at(-1) ?? 0;
  // A run of days within one week reads best as a range.
  if (every === 1 && picked.length > 2 && first < last && last <= 6) return `${DAYS[first]}-${DAYS[last]}`;
  return [...new Set(picked.map((day) => DAYS[day % 7]))].join(',');
}

/** The days of `MON-FRI`, `5-1`, `*` or `3`, Sunday being 0, or 7 at the end of a range. */
function dayRange(range: string, stepped: boolean): number[] {
  if (range === '*') return upTo(0, 6);
  const [from = '', to, ...rest] = range.split('-');
  if (rest.length > 0) throw new CronError(`day of week "${range}" cannot be read`);
  const first = dayNumber(from);
  if (to === undefined) return stepped ? upTo(first, 6) : [first];
  const last = to === '7' ? 7 : dayNumber(to);
  return first <= last ? upTo(first, last) : upTo(first, last + 7);
}

function dayNumber(text: string): number {
  const named = DAYS.indexOf(text.toUpperCase());
  if (named >= 0) return named;
  const number = /^\d$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= 0 && number <= 7)) throw new CronError(`day of week "${text}" is not 0 to 7 or SUN to SAT`);
  return number % 7;
}

function upTo(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function translate(field: string, kind: Field): string {
  return field
    .split(',')
    .map((item) => translateItem(item, kind))
    .join(',');
}

function translateItem(item: string, kind: Field): string {
  const [range = '', step, ...rest] = item.split('/');
  if (rest.length > 0) throw new CronError(`${kind.name} "${item}" cannot be read`);
  const suffix = step === undefined ? '' : `/${stepOf(step, kind.name)}`;
  if (range === '*' || range === '?') return `*${suffix}`;
  const [from = '', to, ...more] = range.split('-');
  if (more.length > 0) throw new CronError(`${kind.name} "${item}" cannot be read`);
  const first = valueOf(from, kind);
  if (to === undefined) return `${first}${suffix}`;
  const last = valueOf(to, kind);
  if (first > last) throw new CronError(`${kind.name} "${item}" runs backwards`);
  return `${first}-${last}${suffix}`;
}

function stepOf(text: string, name: string): number {
  const step = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (step < 1) throw new CronError(`${name}: "/${text}" is not a step`);
  return step;
}

function valueOf(text: string, { name, min, max, names }: Field): number {
  const named = names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named >= 0 ? named + min : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw new CronError(`${name} "${text}" is not ${min} to ${max}`);
  return value;
}
