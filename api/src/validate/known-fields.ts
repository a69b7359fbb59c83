import { z } from 'zod';
import { nearestWord } from './nearest-word.ts';

interface SchemaNode {
  properties?: Record<string, SchemaNode>;
  items?: SchemaNode;
}

/** Every field of a kind, to tell an author which one was meant. */
export class KnownFields {
  readonly #root: SchemaNode;

  constructor(manifest: z.ZodType) {
    this.#root = z.toJSONSchema(manifest, {
      target: 'openapi-3.0',
      io: 'input',
      unrepresentable: 'any',
    }) as SchemaNode;
  }

  /** What the author of `wrong` at `path` should write instead. */
  remedyFor(path: readonly PropertyKey[], wrong: string): string {
    const here = Object.keys(this.#at(path)?.properties ?? {});
    const near = nearestWord(wrong, here);
    if (near !== undefined) return `did you mean ${near}?`;
    const elsewhere = pathsOf(wrong, this.#root, '');
    if (elsewhere.length === 1) return `move it to ${elsewhere[0]}`;
    return here.length === 0 ? 'remove it' : `remove it; the fields here are ${here.join(', ')}`;
  }

  /** `value` as the API server takes it: a field that is null is as good as absent. */
  withoutNulls(value: unknown): unknown {
    return withoutNulls(value, this.#root);
  }

  #at(path: readonly PropertyKey[]): SchemaNode | undefined {
    let node: SchemaNode | undefined = this.#root;
    for (const step of path) {
      node = typeof step === 'number' ? node?.items : node?.properties?.[String(step)];
    }
    return node;
  }
}

function withoutNulls(value: unknown, node: SchemaNode | undefined): unknown {
  if (node === undefined) return value;
  if (Array.isArray(value)) return value.map((item) => withoutNulls(item, node.items));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).flatMap(([name, member]): [string, unknown][] => {
    const child = node.properties?.[name];
    return member === null && child !== undefined ? [] : [[name, withoutNulls(member, child)]];
  });
  return Object.fromEntries(members);
}

function pathsOf(name: string, node: SchemaNode, at: string): string[] {
  const inItems = node.items === undefined ? [] : pathsOf(name, node.items, `${at}[]`);
  const members = Object.entries(node.properties ?? {}).flatMap(([member, child]) => {
    const path = at === '' ? member : `${at}.${member}`;
    return [...(member === name ? [path] : []), ...pathsOf(name, child, path)];
  });
  return [...inItems, ...members];
}
