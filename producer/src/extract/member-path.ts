import { isObject, type ExactJson } from './exact-json.ts';

type ExactObject = { [name: string]: ExactJson };

/** Where a path was found: its value, and the names that led there (one name that itself holds dots is one step). */
export interface Found {
  value: ExactJson;
  steps: readonly string[];
}

/** Follows member names joined by dots, own members only; a member whose own name holds the dots wins. Items go by index. */
export function findPath(record: ExactObject, path: string): Found | undefined {
  if (Object.hasOwn(record, path)) return { value: record[path] ?? null, steps: [path] };
  const steps = path.split('.');
  let value: ExactJson | undefined = record;
  for (const step of steps) {
    if (Array.isArray(value)) value = /^[0-9]{1,9}$/.test(step) ? value[Number(step)] : undefined;
    else value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
    if (value === undefined) return undefined;
  }
  return { value, steps };
}

/**
 * What no column has taken, by name; of an object taken in part, its other members by dotted names: nothing that the API
 * sent is lost, and nothing is told twice.
 */
export function remainingMembers(
  record: ExactObject,
  taken: readonly (readonly string[])[],
): Map<string, ExactJson> {
  const rest = new Map<string, ExactJson>();
  collect(record, taken, '', rest);
  return rest;
}

function collect(
  object: ExactObject,
  taken: readonly (readonly string[])[],
  prefix: string,
  rest: Map<string, ExactJson>,
): void {
  for (const [name, value] of Object.entries(object)) {
    const below = taken.filter(([first]) => first === name).map((steps) => steps.slice(1));
    if (below.some((steps) => steps.length === 0)) continue;
    if (below.length > 0 && isObject(value)) collect(value, below, `${prefix}${name}.`, rest);
    else rest.set(prefix + name, value);
  }
}
