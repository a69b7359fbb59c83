import type { Problem } from './problem.ts';

export function isTimeZone(name: string): boolean {
  // Intl takes offsets such as +05 too, which know no summer time and are no IANA names.
  if (/^[+-]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

export function unknownTimeZone(field: string, zone: string): Problem {
  return {
    field,
    code: 'UnknownTimeZone',
    message: `there is no time zone ${JSON.stringify(zone)}`,
    remedy: 'use a name of the IANA database, such as America/New_York or UTC',
  };
}
