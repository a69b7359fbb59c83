import { z } from 'zod';

/** A JSON value, as a manifest holds it. */
export type Json = string | number | boolean | null | Json[] | { [member: string]: Json };
export type JsonObject = { [member: string]: Json };

/** What an API server takes as a structural schema, in the order in which a reader wants to see it. */
const KEYWORDS = [
  'description',
  'type',
  'format',
  'enum',
  'default',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-validations',
  'required',
  'properties',
  'items',
] as const;
/** On an object that is Kubernetes' own, such as an affinity: the API server that it is passed on to checks it. */
const AS_IT_IS = 'x-kubernetes-preserve-unknown-fields';
const KNOWN = new Set<string>(KEYWORDS);
const INT32_MAX = 2 ** 31 - 1;

/**
 * The structural schema of `schema`, as a user writes it (defaults stay, for the API server to apply).
 * Throws for what has no structural form and for a field without a description, so that neither is ever published.
 */
export function structuralSchema(schema: z.ZodType, at: string): JsonObject {
  const open = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }) as JsonObject;
  return structural(open, at);
}

function structural(node: JsonObject, at: string): JsonObject {
  if (node[AS_IT_IS] === true) return inOrder({ ...node, type: 'object' });
  const { additionalProperties, ...open } = node;
  if (additionalProperties !== undefined && additionalProperties !== false) {
    throw new TypeError(`${at}: maps have no place here; use a list of named values`);
  }
  const unknown = Object.keys(open).filter((keyword) => !KNOWN.has(keyword));
  if (unknown.length > 0) throw new TypeError(`${at}: ${unknown.join(', ')} has no structural form`);
  if (typeof open['type'] !== 'string') throw new TypeError(`${at}: must have one type`);

  const closed: JsonObject = { ...open };
  if (open['type'] === 'integer') closed['format'] = integerFormat(open);
  if (open['type'] === 'array') {
    closed['x-kubernetes-list-type'] ??= 'atomic';
    closed['items'] = structural(object(open['items'], at), `${at}[]`);
  }
  if (isObject(open['properties'])) closed['properties'] = described(open['properties'], at);
  return inOrder(closed);
}

function described(properties: JsonObject, at: string): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => {
      const path = `${at}.${name}`;
      const property = object(value, path);
      if (typeof property['description'] !== 'string') {
        throw new TypeError(`${path}: every field needs a description`);
      }
      return [name, structural(property, path)];
    }),
  );
}

function integerFormat({ minimum, maximum }: JsonObject): string {
  const fits = (bound: Json | undefined): boolean =>
    typeof bound === 'number' && Math.abs(bound) <= INT32_MAX;
  return fits(minimum) && fits(maximum) ? 'int32' : 'int64';
}

function inOrder(node: JsonObject): JsonObject {
  const entries: [string, Json][] = [];
  for (const keyword of KEYWORDS) {
    const value = node[keyword];
    if (value !== undefined) entries.push([keyword, value]);
  }
  return Object.fromEntries(entries);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function object(value: Json | undefined, at: string): JsonObject {
  if (!isObject(value)) throw new TypeError(`${at}: not a schema`);
  return value;
}
