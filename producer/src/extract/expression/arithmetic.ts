import type { ExactJson } from '../exact-json.ts';
import { computed, numberOf } from './value.ts';

/** What is computed is a double; null where an operand is no number. */
export function arithmetic(operator: string, left: ExactJson, right: ExactJson): ExactJson {
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a === undefined || b === undefined) return null;
  return computed(result(operator, a, b));
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
