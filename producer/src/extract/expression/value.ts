import { ExactNumber, isExactNumber, isObject, type ExactJson } from '../exact-json.ts';
import { namesOf } from '../member-order.ts';
import { compareExact } from './compare-numbers.ts';

/** The expression does not fit the body. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly code = 'Expression';
}

export function typeName(value: ExactJson): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (isExactNumber(value)) return 'number';
  return typeof value;
}

/** JMESPath's: null, false, '', [] and {} are not true; every number is. */
export function isTruthy(value: ExactJson): boolean {
  if (value === null || value === false || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return !isObject(value) || Object.keys(value).length > 0;
}

export function equalValues(a: ExactJson, b: ExactJson): boolean {
  if (a === b) return true;
  if (isExactNumber(a) && isExactNumber(b)) return compareExact(a, b) === 0;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => equalValues(item, b[index] as ExactJson));
  if (!isObject(a) || !isObject(b)) return false;
  const names = namesOf(a);
  return (
    names.length === namesOf(b).length &&
    names.every((name) => Object.hasOwn(b, name) && equalValues(a[name] as ExactJson, b[name] as ExactJson))
  );
}

/** A number that an expression has computed. */
export function computed(number: number): ExactJson {
  return Number.isFinite(number) ? new ExactNumber(Object.is(number, -0) ? '0' : String(number)) : null;
}

export function numberOf(value: ExactJson): number | undefined {
  return isExactNumber(value) ? Number(value.rawJSON) : undefined;
}

/** Literals of an expression, and what functions of JavaScript give, with exact numbers. */
export function exactly(value: unknown): ExactJson {
  if (typeof value === 'number') return computed(value);
  if (Array.isArray(value)) return value.map(exactly);
  if (typeof value === 'object' && value !== null && !isExactNumber(value))
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, exactly(member)]));
  return (value ?? null) as ExactJson;
}
