/** Days that every month has: the others are for whoever knows the calendar. */
const INSTANT =
  /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?Z$/;
const WITHOUT_FRACTION = '2026-01-01T00:00:00Z'.length;

/** The text itself, with milliseconds, where it is an instant in UTC already, as most APIs write them; else undefined. */
export function asInstant(text: string): string | undefined {
  if (!INSTANT.test(text)) return undefined;
  return text.length === WITHOUT_FRACTION ? `${text.slice(0, -1)}.000Z` : text;
}
