import type { ExactJson } from '../exact-json.ts';
import { ExpressionError } from './value.ts';

/** As Python slices lists and texts. */
export function slice(value: ExactJson, start: number | null, stop: number | null, step: number): ExactJson {
  if (step === 0) throw new ExpressionError('the step of a slice cannot be 0');
  if (typeof value === 'string') return sliced([...value], start, stop, step).join('');
  return Array.isArray(value) ? sliced(value, start, stop, step) : null;
}

function sliced<T>(items: readonly T[], start: number | null, stop: number | null, step: number): T[] {
  const { length } = items;
  const bounded = (index: number): number => {
    const from = index < 0 ? index + length : index;
    return step > 0 ? Math.min(Math.max(from, 0), length) : Math.min(Math.max(from, -1), length - 1);
  };
  const first = start === null ? (step > 0 ? 0 : length - 1) : bounded(start);
  const last = stop === null ? (step > 0 ? length : -1) : bounded(stop);
  const chosen: T[] = [];
  for (let at = first; step > 0 ? at < last : at > last; at += step) chosen.push(items[at] as T);
  return chosen;
}
