import { compile, TreeInterpreter } from '@jmespath-community/jmespath';
import { UpstreamError } from '../fetch/upstream-error.ts';
import type { ExactJson } from './exact-json.ts';
import { AmbiguousNumberError, PlainView, type PlainJson } from './plain-view.ts';

const MOST_RECORDS = 1_000_000;

/** Selects the records of a body: by JMESPath, or the body itself (its items, where it is a list). */
export function compileSelector(expression: string | undefined): (body: ExactJson) => ExactJson[] {
  if (expression === undefined) return (body) => (Array.isArray(body) ? body : [body]);
  const evaluate = compileExpression(expression, 'source.http.records');
  return (body) => {
    const view = new PlainView(body);
    const selected = evaluate(view.root);
    if (selected === null)
      throw new UpstreamError('UpstreamShapeChanged', `${expression} selects nothing of the body`);
    const list = Array.isArray(selected) ? selected : [selected];
    if (list.length > MOST_RECORDS)
      throw new UpstreamError('ResponseTooLarge', `${expression} selects more than ${MOST_RECORDS} records`);
    try {
      return list.map((item) => view.exact(item));
    } catch (error) {
      if (!(error instanceof AmbiguousNumberError)) throw error;
      throw new UpstreamError('BadRequest', `source.http.records: ${error.message}`, { cause: error });
    }
  };
}

/** A test of a body: holds when the expression's result is not null, false or empty. */
export function compileTest(expression: string): (body: ExactJson) => boolean {
  const evaluate = compileExpression(expression, 'source.http.errors');
  return (body) => {
    const found = evaluate(new PlainView(body).root);
    if (found === null || found === false || found === '') return false;
    return typeof found !== 'object' || Object.keys(found).length > 0;
  };
}

function compileExpression(expression: string, field: string): (root: PlainJson) => PlainJson {
  const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));
  let compiled: ReturnType<typeof compile>;
  try {
    compiled = compile(expression);
  } catch (error) {
    throw new UpstreamError('BadRequest', `${field}: ${expression} is no JMESPath: ${said(error)}`, {
      cause: error,
    });
  }
  return (root) => {
    try {
      return (TreeInterpreter.search(compiled, root) as PlainJson | undefined) ?? null;
    } catch (error) {
      throw new UpstreamError(
        'UpstreamShapeChanged',
        `${field}: ${expression} does not fit the body: ${said(error)}`,
        {
          cause: error,
        },
      );
    }
  };
}
