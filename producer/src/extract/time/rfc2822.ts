import { parsePattern } from './pattern.ts';

const WRITTEN =
  /^(?:[A-Za-z]{3},?\s+)?(\d{1,2})[\s-]([A-Za-z]{3})[\s-](\d{4}|\d{2})\s+(\d{1,2}:\d{2})(:\d{2})?\s*([A-Za-z]{1,5}|[+-]\d{4})?(?:\s*\([^)]*\))?$/;

const LONGEST = 64;

/** Times of mail, feeds and HTTP: `Fri, 06 Mar 2026 09:00:00 GMT`, with or without weekday, seconds and zone. */
export function parseRfc2822(text: string, zone: string): number | undefined {
  // Optional blanks on both sides of optional parts: a hostile cell could keep the pattern busy.
  const match = text.length > LONGEST ? null : WRITTEN.exec(text);
  if (match === null) return undefined;
  const [, day = '', month = '', year = '', time = '', seconds = ':00', own = ''] = match;
  const pattern = `d-MMM-${year.length === 2 ? 'yy' : 'yyyy'} H:mm:ss${own === '' ? '' : ' z'}`;
  return parsePattern(
    `${day}-${month}-${year} ${time}${seconds}${own === '' ? '' : ` ${own}`}`,
    pattern,
    zone,
  );
}
