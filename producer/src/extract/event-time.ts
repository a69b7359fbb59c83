import { isEpoch, parseEpoch } from './time/epoch.ts';
import { asInstant } from './time/instant.ts';
import { parseIso } from './time/iso.ts';
import { isTimePattern, parsePattern } from './time/pattern.ts';
import { parseRfc2822 } from './time/rfc2822.ts';

export { isKnownZone } from './time/zone.ts';

/** How a time column is written and which zone a time without one is in. */
export interface TimeFormat {
  /** epochSeconds, epochMillis, epochMicros, epochNanos, epochDays, excelDays, rfc2822, a pattern such as yyyyMMdd; absent: ISO 8601. */
  format?: string | undefined;
  /** IANA zone. @default UTC */
  zone?: string | undefined;
}

/** Milliseconds since the epoch, or undefined where the text is no time in that format. */
export function parseEventTime(text: string, { format, zone = 'UTC' }: TimeFormat): number | undefined {
  if (format === undefined) return parseIso(text, zone);
  if (format === 'rfc2822') return parseRfc2822(text, zone);
  return isEpoch(format) ? parseEpoch(text, format) : parsePattern(text, format, zone);
}

/** RFC 3339 in UTC with milliseconds; undefined where the text is no time in that format. */
export function eventTime(text: string, format: TimeFormat): string | undefined {
  const instant = format.format === undefined ? asInstant(text) : undefined;
  if (instant !== undefined) return instant;
  const ms = parseEventTime(text.trim(), format);
  return ms === undefined ? undefined : new Date(ms).toISOString();
}

/** Whether times can be read by it. */
export function isTimeFormat(format: string): boolean {
  return format === 'rfc2822' || isEpoch(format) || isTimePattern(format);
}
