import { Cron } from 'croner';
import { invalidParameter } from './api-error.ts';

/**
 * A Quartz expression as croner understands it: `?` is `*`, and days of the week count from Sunday = 1 instead of 0.
 * @see https://www.quartz-scheduler.org/documentation/quartz-2.3.0/tutorials/crontrigger.html
 */
export function quartzToCroner(expression: string): string {
  const fields = expression.trim().split(/\s+/);
  const [seconds, minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields;
  if (fields.length < 6 || fields.length > 7 || dayOfMonth === undefined || dayOfWeek === undefined) {
    throw invalidParameter(
      `Invalid quartz_cron_expression: '${expression}' has ${fields.length} fields, not 6 or 7`,
    );
  }
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) {
    throw invalidParameter(
      `Invalid quartz_cron_expression: '${expression}': exactly one of day-of-month and day-of-week must be '?'`,
    );
  }
  const shifted = dayOfWeek.split(',').map(shiftDays).join(',');
  const translated = [
    seconds,
    minutes,
    hours,
    dayOfMonth,
    month,
    shifted,
    ...(year === undefined ? [] : [year]),
  ];
  return translated
    .map((field, position) => (field === '?' ? '*' : openSteps(field ?? '', position)))
    .join(' ');
}

/** Checks an expression and its zone without starting anything; the error is Databricks' own. */
export function checkSchedule(expression: string, timezone: string): void {
  const pattern = quartzToCroner(expression);
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    throw invalidParameter(`Invalid timezone_id: '${timezone}'`);
  }
  try {
    // Never started: only parsed.
    new Cron(pattern, { paused: true, timezone });
  } catch (error) {
    throw invalidParameter(`Invalid quartz_cron_expression: '${expression}': ${(error as Error).message}`);
  }
}

/** The last value of each field, where a step without an end stops. */
const LAST = [59, 59, 23, 31, 12, 6, 2099];

/** Quartz' `5/15` starts at 5 and goes on to the end of the field; croner wants that end written. */
function openSteps(field: string, position: number): string {
  return field
    .split(',')
    .map((item) =>
      item.replace(
        /^(\d+)\/(\d+)$/,
        (_all, first: string, step: string) => `${first}-${LAST[position]}/${step}`,
      ),
    )
    .join(',');
}

/** Shifts the numbers of one day-of-week item, but not those after `#` (which week) or `/` (step). */
function shiftDays(item: string): string {
  const [days = '', ...rest] = item.split(/(?=[#/])/);
  return days.replace(/\d+/g, (digits) => String(Number(digits) - 1)) + rest.join('');
}
