import { UpstreamError } from '../fetch/upstream-error.ts';
import type { ExactJson } from './exact-json.ts';
import { compileExpression, compileFirstList, type Expression } from './expression/compile.ts';
import { ExpressionError, isTruthy } from './expression/value.ts';

const MOST_RECORDS = 1_000_000;

/** Selects the records of a body: by JMESPath, or the body itself (its items, where it is a list). */
export function compileSelector(expression: string | undefined): (body: ExactJson) => ExactJson[] {
  if (expression === undefined) return (body) => (Array.isArray(body) ? body : [body]);
  const evaluate = compileFor(expression, 'source.http.records');
  return (body) => {
    const selected = evaluate(body);
    if (selected === null)
      throw new UpstreamError('UpstreamShapeChanged', `${expression} selects nothing of the body`);
    const list = Array.isArray(selected) ? selected : [selected];
    if (list.length > MOST_RECORDS)
      throw new UpstreamError('ResponseTooLarge', `${expression} selects more than ${MOST_RECORDS} records`);
    return list;
  };
}

/**
 * How many items a page holds, whatever the expression makes of them: it may drop some, or make several of one. A page is
 * full by what the API put into it.
 */
export function compileCounter(expression: string | undefined): (body: ExactJson) => number {
  const list = expression === undefined ? undefined : compileFirstList(expression);
  return (body) => {
    try {
      const found = list?.(body);
      return Array.isArray(found) ? found.length : 0;
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      return 0;
    }
  };
}

/** A test of a body: holds when the expression's result is not null, false or empty. */
export function compileTest(expression: string): (body: ExactJson) => boolean {
  const evaluate = compileFinding(expression);
  return (body) => isTruthy(evaluate(body));
}

/** What an expression of source.http.errors finds in a body. */
export function compileFinding(expression: string): Expression {
  return compileFor(expression, 'source.http.errors');
}

function compileFor(expression: string, field: string): Expression {
  let evaluate: Expression;
  try {
    evaluate = compileExpression(expression);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new UpstreamError('BadRequest', `${field}: ${error.message}`, { cause: error });
  }
  return (body) => {
    try {
      return evaluate(body);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      throw new UpstreamError(
        'UpstreamShapeChanged',
        `${field}: ${expression} does not fit the body: ${error.message}`,
        { cause: error },
      );
    }
  };
}
