import { isObject, type ExactJson, type ExactObject } from './exact-json.ts';
import { namesOf } from './member-order.ts';

type Visit = (name: string, value: ExactJson) => void;

/** Members of one object that columns take: the whole of a member (null), or a part of the object that it is. */
type Taken = ReadonlyMap<string, Taken | null>;

/** What columns have taken of a record, by the steps to each; made once for all records of which the same is taken. */
export class TakenMembers {
  readonly #steps: readonly (readonly string[])[];
  readonly #tree: Taken;
  /** A column has taken the record as it is. */
  readonly #all: boolean;

  constructor(steps: readonly (readonly string[])[]) {
    this.#steps = steps;
    this.#all = steps.some(({ length }) => length === 0);
    this.#tree = treeOf(steps);
  }

  /** Paths give the same list of steps again and again, so that comparing the lists themselves is enough. */
  fits(steps: readonly (readonly string[])[]): boolean {
    if (steps.length !== this.#steps.length) return false;
    for (let at = 0; at < steps.length; at += 1) if (steps[at] !== this.#steps[at]) return false;
    return true;
  }

  /**
   * What no column has taken, by name; of an object taken in part, its other members by dotted names: nothing that the
   * API sent is lost, and nothing is told twice.
   */
  forEachRemaining(record: ExactObject, visit: Visit): void {
    if (!this.#all) visitRemaining(record, this.#tree, '', visit);
  }
}

function treeOf(steps: readonly (readonly string[])[]): Taken {
  const tree = new Map<string, Taken | null>();
  for (const [name, below] of Map.groupBy(
    steps.filter(({ length }) => length > 0),
    ([first = '']) => first,
  )) {
    const whole = below.some(({ length }) => length === 1);
    tree.set(name, whole ? null : treeOf(below.map((each) => each.slice(1))));
  }
  return tree;
}

function visitRemaining(object: ExactObject, taken: Taken, prefix: string, visit: Visit): void {
  for (const name of namesOf(object)) {
    const part = taken.get(name);
    if (part === null) continue;
    const value = object[name] ?? null;
    if (part !== undefined && isObject(value)) visitRemaining(value, part, `${prefix}${name}.`, visit);
    else visit(prefix === '' ? name : prefix + name, value);
  }
}
