import { compile as parse } from '@jmespath-community/jmespath';
import { nearestWord } from '@tributary/api';
import { isExactNumber, isObject, type ExactJson } from '../exact-json.ts';
import { membersOf, objectOf } from '../member-order.ts';
import { compareExact } from './compare-numbers.ts';
import { FUNCTIONS } from './functions.ts';
import { arithmetic } from './arithmetic.ts';
import { firstList, type Node } from './first-list.ts';
import { slice } from './slice.ts';
import { computed, equalValues, exactly, ExpressionError, isTruthy } from './value.ts';

type NodeOf<T extends Node['type']> = Extract<Node, { type: T }>;

/** Variables that `let` has bound, innermost first. */
interface Scope {
  readonly root: ExactJson;
  readonly name?: string;
  readonly value?: ExactJson;
  readonly outer?: Scope;
}

type Step = (value: ExactJson, scope: Scope) => ExactJson;

/** Throws an ExpressionError where the expression does not fit the value. */
export type Expression = (value: ExactJson, root?: ExactJson) => ExactJson;

/**
 * JMESPath (community edition: `$`, `let`, arithmetic) with the functions of docs/extraction.md, compiled to closures
 * over exact JSON: numbers are compared as numbers and come out with the digits that they came with (Delivery 7).
 * Expressions reach own members only. Throws an ExpressionError for what is no expression.
 */
export function compileExpression(text: string): Expression {
  const step = compileNode(parsed(text));
  return (value, root = value) => step(value, { root });
}

/** What `text` takes its items from, before it filters or flattens them; undefined where it takes none. */
export function compileFirstList(text: string): Expression | undefined {
  const list = firstList(parsed(text));
  if (list === undefined) return undefined;
  const step = compileNode(list);
  return (value, root = value) => step(value, { root });
}

function parsed(text: string): Node {
  try {
    return parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    // What everybody writes first.
    const hint = why.includes('(Number)') ? '; a number is written between backticks: `1`' : '';
    throw new ExpressionError(`${text} is no JMESPath: ${why}${hint}`, { cause: error });
  }
}

const COMPILERS: { [T in Node['type']]?: (node: NodeOf<T>) => Step } = {
  Identity: () => (value) => value,
  Current: () => (value) => value,
  Root:
    () =>
    (_value, { root }) =>
      root,
  Field:
    ({ name }) =>
    (value) =>
      memberOf(value, name),
  Literal: ({ value }) => {
    const literal = exactly(value);
    return () => literal;
  },
  Index:
    ({ value: index }) =>
    (value) =>
      Array.isArray(value) ? (value.at(index) ?? null) : null,
  Slice:
    ({ start, stop, step }) =>
    (value) =>
      slice(value, start, stop, step ?? 1),
  Subexpression: ({ left, right }) => chain(left, right),
  IndexExpression: ({ left, right }) => chain(left, right),
  Pipe: ({ left, right }) => chain(left, right),
  Projection: ({ left, right }) => projectList(left, right),
  ValueProjection: ({ left, right }) =>
    project(compileNode(left), compileNode(right), (value) =>
      isObject(value) ? membersOf(value).map(([, member]) => member) : null,
    ),
  FilterProjection: ({ left, right, condition }) => {
    const holds = compileNode(condition);
    return project(compileNode(left), compileNode(right), (value, scope) =>
      Array.isArray(value) ? value.filter((item) => isTruthy(holds(item, scope))) : null,
    );
  },
  Flatten: ({ child }) => {
    const inner = compileNode(child);
    return (value, scope) => {
      const list = inner(value, scope);
      return Array.isArray(list) ? list.flat() : null;
    };
  },
  MultiSelectHash: ({ children }) => {
    const members = children.map(({ name, value }) => [name, compileNode(value)] as const);
    return (value, scope) =>
      value === null ? null : objectOf(members.map(([name, step]) => [name, step(value, scope)]));
  },
  MultiSelectList: ({ children }) => {
    const items = children.map(compileNode);
    return (value, scope) => (value === null ? null : items.map((step) => step(value, scope)));
  },
  OrExpression: ({ left, right }) => {
    const [first, second] = [compileNode(left), compileNode(right)];
    return (value, scope) => {
      const found = first(value, scope);
      return isTruthy(found) ? found : second(value, scope);
    };
  },
  AndExpression: ({ left, right }) => {
    const [first, second] = [compileNode(left), compileNode(right)];
    return (value, scope) => {
      const found = first(value, scope);
      return isTruthy(found) ? second(value, scope) : found;
    };
  },
  NotExpression: ({ child }) => {
    const inner = compileNode(child);
    return (value, scope) => !isTruthy(inner(value, scope));
  },
  Ternary: ({ condition, trueExpr, falseExpr }) => {
    const [test, yes, no] = [compileNode(condition), compileNode(trueExpr), compileNode(falseExpr)];
    return (value, scope) => (isTruthy(test(value, scope)) ? yes(value, scope) : no(value, scope));
  },
  Comparator: ({ name, left, right }) => {
    const [first, second] = [compileNode(left), compileNode(right)];
    return (value, scope) => compare(name, first(value, scope), second(value, scope));
  },
  Arithmetic: ({ operator, left, right }) => {
    const [first, second] = [compileNode(left), compileNode(right)];
    return (value, scope) => arithmetic(operator, first(value, scope), second(value, scope));
  },
  Unary: ({ operator, operand }) => {
    const inner = compileNode(operand);
    return (value, scope) => {
      const found = inner(value, scope);
      return operator === 'Plus' ? found : arithmetic('Minus', computed(0), found);
    };
  },
  LetExpression: ({ bindings, expression }) => {
    const bound = bindings.map(({ variable, reference }) => [variable, compileNode(reference)] as const);
    const inner = compileNode(expression);
    return (value, outer) => {
      const scope = bound.reduce<Scope>(
        (scope, [name, step]) => ({ root: outer.root, name, value: step(value, outer), outer: scope }),
        outer,
      );
      return inner(value, scope);
    };
  },
  Variable:
    ({ name }) =>
    (_value, scope) => {
      for (let at: Scope | undefined = scope; at !== undefined; at = at.outer)
        if (at.name === name) return at.value ?? null;
      throw new ExpressionError(`the variable $${name} is not bound by a let`);
    },
  Function: ({ name, children }) => compileCall(name, children),
};

function compileNode(node: Node): Step {
  const compiler = COMPILERS[node.type] as ((node: Node) => Step) | undefined;
  if (compiler === undefined)
    throw new ExpressionError(
      node.type === 'ExpressionReference'
        ? 'an &expression can only be an argument of a function'
        : `${node.type} is not supported`,
    );
  return compiler(node);
}

function compileCall(name: string, children: readonly Node[]): Step {
  const known = FUNCTIONS.get(name);
  if (known === undefined) throw unknownFunction(name);
  const [least, most] = known.arity;
  if (children.length < least || children.length > most)
    throw new ExpressionError(
      `${name}() takes ${least === most ? least : `${least} to ${most === Infinity ? 'any number of' : most}`} arguments, not ${children.length}: ${known.usage}`,
    );
  const steps = children.map((child) =>
    child.type === 'ExpressionReference'
      ? { reference: compileNode(child.child) }
      : { value: compileNode(child) },
  );
  const badReference = steps.findIndex(
    (step, index) => 'reference' in step !== known.references.includes(index),
  );
  if (badReference >= 0)
    throw new ExpressionError(
      `argument ${badReference + 1} of ${name}() must ${known.references.includes(badReference) ? '' : 'not '}be an &expression: ${known.usage}`,
    );
  known.check?.(children.map((child) => (child.type === 'Literal' ? exactly(child.value) : undefined)));
  return (value, scope) =>
    known.call(
      steps.map((step) =>
        step.reference === undefined
          ? step.value(value, scope)
          : (item: ExactJson): ExactJson => step.reference(item, scope),
      ),
    );
}

function unknownFunction(name: string): ExpressionError {
  const names = [...FUNCTIONS.keys()].sort();
  const near = nearestWord(name, names);
  return new ExpressionError(
    `there is no function ${name}(); ${near === undefined ? '' : `did you mean ${near}()? `}there are ${names.join(', ')}`,
  );
}

function chain(left: Node, right: Node): Step {
  const [first, second] = [compileNode(left), compileNode(right)];
  return (value, scope) => second(first(value, scope), scope);
}

/** A slice of a text is a text, and no list to go through. */
function projectList(left: Node, right: Node): Step {
  const projected = project(compileNode(left), compileNode(right), (value) =>
    Array.isArray(value) ? value : null,
  );
  if (left.type !== 'IndexExpression' || left.right.type !== 'Slice') return projected;
  const [cut, rest] = [compileNode(left), compileNode(right)];
  return (value, scope) => {
    const part = cut(value, scope);
    return typeof part === 'string' ? rest(part, scope) : projected(value, scope);
  };
}

/** A projection leaves out what is null. */
function project(
  left: Step,
  right: Step,
  itemsOf: (value: ExactJson, scope: Scope) => ExactJson[] | null,
): Step {
  return (value, scope) => {
    const items = itemsOf(left(value, scope), scope);
    if (items === null) return null;
    const projected: ExactJson[] = [];
    for (const item of items) {
      const found = right(item, scope);
      if (found !== null) projected.push(found);
    }
    return projected;
  };
}

/** An element of XML that has no attributes is its text, so that `#text` finds it with and without them. */
function memberOf(value: ExactJson, name: string): ExactJson {
  if (typeof value === 'string') return name === '#text' ? value : null;
  return isObject(value) && Object.hasOwn(value, name) ? (value[name] ?? null) : null;
}

function compare(name: string, a: ExactJson, b: ExactJson): ExactJson {
  if (name === 'EQ') return equalValues(a, b);
  if (name === 'NE') return !equalValues(a, b);
  let difference: number;
  if (isExactNumber(a) && isExactNumber(b)) difference = compareExact(a, b);
  else if (typeof a === 'string' && typeof b === 'string') difference = a < b ? -1 : a > b ? 1 : 0;
  else return null;
  if (name === 'LT') return difference < 0;
  if (name === 'LTE') return difference <= 0;
  return name === 'GT' ? difference > 0 : difference >= 0;
}
