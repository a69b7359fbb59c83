import { isObject, type ExactJson } from './exact-json.ts';
import { compileExpression, type Expression } from './expression/compile.ts';

/** Where a path was found: its value, and the names that led there (one name that itself holds dots is one step). */
export interface Found {
  value: ExactJson;
  /** The same list for the same path, as long as records are alike. Absent where an expression has made the value: nobody can say of which members. */
  steps?: readonly string[];
}

/** A column's path; throws an ExpressionError where an expression does not fit the record. */
export interface MemberPath {
  find(record: ExactJson, body: ExactJson): Found | undefined;
}

const WHOLE: readonly string[] = [];
/** `a.b`, `a[0]`, `"x.y".z`, `[1]`; everything else is an expression. */
const STEP = /(?:^|\.)(?:"((?:[^"\\]|\\.)*)"|([^.[\]"()|&{}?!<>=,'`*]+))|\[(-?\d{1,9})\]/y;

/**
 * A path is member names joined by dots, of own members only; a member whose own name holds the dots wins. Names may hold
 * blanks and signs without quotes, even brackets (`Close (USD)`), items go by `[0]` or `.0`, `$.` begins at the body, `@` is the record itself. Anything
 * that is no such path is an expression.
 */
export function compilePath(path: string): MemberPath {
  if (path === '@') return { find: (record) => ({ value: record, steps: WHOLE }) };
  const fromBody = /^\$(?=[.[])/.test(path);
  const steps = stepsOf(fromBody ? path.slice(1).replace(/^\./, '') : path);
  if (steps === undefined) return expressionPath(path);
  const ownSteps = [path];
  return {
    find: (record, body) => {
      const own = memberOf(record, path);
      if (own !== undefined) return { value: own, steps: ownSteps };
      const found = follow(fromBody ? body : record, steps, 0);
      return found === undefined || !fromBody ? found : { value: found.value };
    },
  };
}

/** The name of the member that a path is; undefined where it leads further. A name in quotes may be one with them too. */
export function plainMember(path: string): string | undefined {
  if (path === '@' || /^\$(?=[.[])/.test(path)) return undefined;
  const [first, ...more] = stepsOf(path) ?? [];
  return more.length === 0 && (first === path || path.startsWith('"')) ? first : undefined;
}

/** For paths into bodies. */
export function findPath(record: ExactJson, path: string): Found | undefined {
  let compiled = paths.get(path);
  if (compiled === undefined) paths.set(path, (compiled = compilePath(path)));
  return compiled.find(record, record);
}

const paths = new Map<string, MemberPath>();

/** Headings such as `Close (USD)` and `GDP, £m` are names, unless they look like an expression with a typing error. */
function isHeading(path: string): boolean {
  return /\s/.test(path) && !/['"`|{}[\]*=!<>?]|&&|\w\(/.test(path);
}

function expressionPath(path: string): MemberPath {
  const own = [path];
  const find = (record: ExactJson): Found | undefined => {
    const value = memberOf(record, path);
    return value === undefined ? undefined : { value, steps: own };
  };
  let evaluate: Expression;
  try {
    evaluate = compileExpression(path);
  } catch (error) {
    if (isHeading(path)) return { find };
    throw error;
  }
  return { find: (record, body) => find(record) ?? { value: evaluate(record, body) } };
}

function stepsOf(path: string): string[] | undefined {
  const steps: string[] = [];
  STEP.lastIndex = 0;
  while (STEP.lastIndex < path.length) {
    const found = STEP.exec(path);
    if (found === null) return undefined;
    const [, quoted, bare, index] = found;
    steps.push(quoted === undefined ? (bare ?? index ?? '') : (JSON.parse(`"${quoted}"`) as string));
  }
  return steps.length === 0 ? undefined : steps;
}

/** The longest own name first: `Meta Data.6. Time Zone` finds the member `6. Time Zone`. */
function follow(value: ExactJson, steps: readonly string[], from: number): Found | undefined {
  const step = steps[from];
  if (step === undefined) return { value, steps };
  if (Array.isArray(value)) {
    const item = /^-?[0-9]{1,9}$/.test(step) ? value.at(Number(step)) : undefined;
    return item === undefined ? undefined : follow(item, steps, from + 1);
  }
  // An element of XML that has no attributes is its text.
  if (step === '#text' && typeof value === 'string' && from === steps.length - 1)
    return { value, steps: steps.slice(0, from) };
  if (!isObject(value)) return undefined;
  if (Object.hasOwn(value, step)) {
    const found = follow(value[step] ?? null, steps, from + 1);
    if (found !== undefined) return found;
  }
  for (let to = from + 2; to <= steps.length; to += 1) {
    const name = steps.slice(from, to).join('.');
    if (Object.hasOwn(value, name))
      return follow(value[name] ?? null, [...steps.slice(0, from), name, ...steps.slice(to)], from + 1);
  }
  return undefined;
}

function memberOf(record: ExactJson, name: string): ExactJson | undefined {
  return isObject(record) && Object.hasOwn(record, name) ? record[name] : undefined;
}
