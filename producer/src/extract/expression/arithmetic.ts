import { ExactNumber, isExactNumber, type ExactJson } from '../exact-json.ts';
import { computed, numberOf } from './value.ts';

/**
 * What is computed is a double, but of integers that a double has no digits for (ids, nanoseconds, ticks) it is exact, as
 * far as it has an end in decimals. Null where an operand is no number.
 */
export function arithmetic(operator: string, left: ExactJson, right: ExactJson): ExactJson {
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a === undefined || b === undefined) return null;
  const ofDoubles = result(operator, a, b);
  if (isSafe(a) && isSafe(b) && isSafe(ofDoubles)) return computed(ofDoubles);
  return exactResult(operator, left, right) ?? computed(ofDoubles);
}

function result(operator: string, a: number, b: number): number {
  switch (operator) {
    case 'Plus':
      return a + b;
    case 'Minus':
      return a - b;
    case 'Divide':
      return a / b;
    case 'Modulo':
      return a % b;
    case 'Div':
      return Math.floor(a / b);
    default:
      return a * b;
  }
}

/** Fifteen digits go into a double and come out of it as they were. */
const MOST_SAFE = 1e15;

function isSafe(number: number): boolean {
  return Math.abs(number) < MOST_SAFE;
}

/** Longer ones are no ids or times; digits of a body may not cost more than its length. */
const INTEGER = /^-?\d{1,40}$/;

function exactResult(operator: string, left: ExactJson, right: ExactJson): ExactNumber | undefined {
  if (!isExactNumber(left) || !isExactNumber(right)) return undefined;
  if (!INTEGER.test(left.rawJSON) || !INTEGER.test(right.rawJSON)) return undefined;
  const [a, b] = [BigInt(left.rawJSON), BigInt(right.rawJSON)];
  switch (operator) {
    case 'Plus':
      return new ExactNumber(String(a + b));
    case 'Minus':
      return new ExactNumber(String(a - b));
    case 'Modulo':
      return b === 0n ? undefined : new ExactNumber(String(a % b));
    case 'Div':
      return b === 0n ? undefined : new ExactNumber(String(floored(a, b)));
    case 'Divide':
      return byPowerOfTen(a, right.rawJSON);
    default:
      return new ExactNumber(String(a * b));
  }
}

function floored(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return quotient * b !== a && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

/** Moves the decimal point; undefined where the divisor is no 10, 100, 1000, … */
function byPowerOfTen(dividend: bigint, divisor: string): ExactNumber | undefined {
  if (!/^10*$/.test(divisor)) return undefined;
  const places = divisor.length - 1;
  const digits = String(dividend < 0n ? -dividend : dividend).padStart(places + 1, '0');
  const whole = digits.slice(0, digits.length - places);
  const fraction = digits.slice(digits.length - places).replace(/0+$/, '');
  return new ExactNumber(`${dividend < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`);
}
