import type { z } from 'zod';

/** A rule over several fields, held twice from one place: by CEL in the API server, by `holds` in our own tools. */
export interface Constraint<T> {
  /** CEL over `self`, kept cheap: every string, list and map it touches is bounded. */
  rule: string;
  /** What is wrong and what to do, shown by kubectl and by `tributary validate` alike. */
  message: string;
  /** The field to point at, relative to the constrained object. */
  path?: string[];
  holds: (value: T) => boolean;
}

/** Adds `constraints` to `schema`: as `x-kubernetes-validations` for the CRD and as refinements for parsing. */
export function constrained<S extends z.ZodType>(schema: S, ...constraints: Constraint<z.output<S>>[]): S {
  let result: S = schema;
  for (const { holds, message, path } of constraints) {
    result = result.refine((value) => holds(value as z.output<S>), { message, path: path ?? [] }) as S;
  }
  const rules = constraints.map(({ rule, message, path }) => ({
    rule,
    message,
    ...(path === undefined ? {} : { fieldPath: `.${path.join('.')}` }),
  }));
  return result.meta({ ...schema.meta(), 'x-kubernetes-validations': rules }) as S;
}

/** A rule about change, which only the API server can hold since only it knows what was there before. */
export function transition<S extends z.ZodType>(schema: S, ...rules: { rule: string; message: string }[]): S {
  const meta = schema.meta();
  const present = meta?.['x-kubernetes-validations'];
  return schema.meta({
    ...meta,
    'x-kubernetes-validations': [...(Array.isArray(present) ? (present as unknown[]) : []), ...rules],
  }) as S;
}

/** A list whose items are told apart by `keys`, so that server-side apply merges it item by item. */
export function listMap<S extends z.ZodType<object[]>>(schema: S, ...keys: string[]): S {
  const identity = (item: object): string =>
    JSON.stringify(keys.map((key) => Object.entries(item).find(([name]) => name === key)?.[1]));
  const distinct = schema.refine((items) => new Set(items.map(identity)).size === items.length, {
    message: `no two items may have the same ${keys.join(' and ')}`,
  }) as S;
  return distinct.meta({
    ...schema.meta(),
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': keys,
  }) as S;
}

/** A list whose order means something and which is replaced as a whole. */
export function listAtomic<S extends z.ZodType>(schema: S): S {
  return schema.meta({ ...schema.meta(), 'x-kubernetes-list-type': 'atomic' }) as S;
}

/** True when exactly one of `values` is given: the TypeScript half of an exactly-one-of rule. */
export function exactlyOne(...values: unknown[]): boolean {
  return values.filter((value) => value !== undefined).length === 1;
}
