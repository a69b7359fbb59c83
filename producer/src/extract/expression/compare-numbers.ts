import type { ExactNumber } from '../exact-json.ts';

/** Below zero, zero or above, of the numbers as written: 19 digits are not rounded to a double's 16. */
export function compareExact({ rawJSON: a }: ExactNumber, { rawJSON: b }: ExactNumber): number {
  if (a === b) return 0;
  const difference = Number(a) - Number(b);
  // Doubles that differ are right; equal ones may hide digits.
  if (difference !== 0 && !Number.isNaN(difference)) return difference;
  if (a.length <= MOST_SAFE_CHARS && b.length <= MOST_SAFE_CHARS) return 0;
  return compareDecimals(decimalOf(a), decimalOf(b));
}

const MOST_SAFE_CHARS = 15;
/** Numbers further apart than this many digits are no matter of digits. */
const MOST_DIGITS = 1_000;

interface Decimal {
  digits: bigint;
  exponent: number;
}

function decimalOf(text: string): Decimal {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  return { digits: BigInt(`${sign}${whole}${fraction}`), exponent: Number(exponent) - fraction.length };
}

function compareDecimals(a: Decimal, b: Decimal): number {
  const shift = a.exponent - b.exponent;
  if (Math.abs(shift) > MOST_DIGITS) return 0;
  const left = shift > 0 ? a.digits * 10n ** BigInt(shift) : a.digits;
  const right = shift < 0 ? b.digits * 10n ** BigInt(-shift) : b.digits;
  return left < right ? -1 : left > right ? 1 : 0;
}
