import { z } from 'zod';

const DURATION = /^([1-9][0-9]{0,5})(ms|s|m|h|d|w)$/;
const PERIOD = /^([1-9][0-9]{0,5})(ms|s|m|h|d|w|mo|y)$/;
const DURATION_MS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const BYTES = /^([1-9][0-9]{0,8})(Ki|Mi|Gi|k|M|G)?$/;
const BYTE_UNITS: Record<string, number> = {
  '': 1,
  k: 1_000,
  M: 1_000_000,
  G: 1_000_000_000,
  Ki: 1_024,
  Mi: 1_048_576,
  Gi: 1_073_741_824,
};

/** A whole number with its unit, such as `15m`: ms, s, m, h, d or w. */
export const duration = () =>
  z
    .string()
    .max(10)
    .regex(DURATION, { message: 'must be a whole number and a unit (ms, s, m, h, d or w), such as 15m' });

/** A duration, or a number of months or years of the calendar, such as `3mo`. */
export const period = () =>
  z.string().max(10).regex(PERIOD, {
    message: 'must be a whole number and a unit (ms, s, m, h, d, w, mo or y), such as 1d or 3mo',
  });

/** A number of bytes with an optional unit, such as `64Mi`. */
export const byteSize = () =>
  z.string().max(12).regex(BYTES, {
    message: 'must be a number of bytes with an optional unit (Ki, Mi, Gi, k, M or G), such as 64Mi',
  });

/** Milliseconds of a duration that the schema has accepted. */
export function durationMs(text: string): number {
  const [, count, unit] = DURATION.exec(text) ?? [];
  if (count === undefined || unit === undefined)
    throw new TypeError(`not a duration: ${JSON.stringify(text)}`);
  return Number(count) * (DURATION_MS[unit] ?? Number.NaN);
}

/** Bytes of a size that the schema has accepted. */
export function byteCount(text: string): number {
  const [matched, count, unit = ''] = BYTES.exec(text) ?? [];
  if (matched === undefined) throw new TypeError(`not a byte size: ${JSON.stringify(text)}`);
  return Number(count) * (BYTE_UNITS[unit] ?? Number.NaN);
}
