/** What a reflector has seen: objects by key, and by namespace. Readers must not change what they get. */
import { joinKey, keyOf } from './paths.ts';
import type { KubeObject } from './types.ts';

export interface ReadonlyStore<T extends KubeObject> {
  get(name: string, namespace?: string): T | undefined;
  getByKey(key: string): T | undefined;
  /** All objects, or those of one namespace. */
  list(namespace?: string): T[];
  /** Objects for which an index function of the reflector gave `value`. */
  byIndex(index: string, value: string): T[];
  keys(): IterableIterator<string>;
  readonly size: number;
}

/** The values under which an object is to be found. */
export type IndexFunction<T extends KubeObject> = (object: T) => readonly string[];

export class Store<T extends KubeObject> implements ReadonlyStore<T> {
  readonly #objects = new Map<string, T>();
  readonly #namespaces = new Map<string, Set<string>>();
  readonly #indexes = new Map<string, { of: IndexFunction<T>; keys: Map<string, Set<string>> }>();

  constructor(indexes: Record<string, IndexFunction<T>> = {}) {
    for (const [name, of] of Object.entries(indexes)) this.#indexes.set(name, { of, keys: new Map() });
  }

  get size(): number {
    return this.#objects.size;
  }

  get(name: string, namespace?: string): T | undefined {
    return this.#objects.get(joinKey(name, namespace));
  }

  getByKey(key: string): T | undefined {
    return this.#objects.get(key);
  }

  list(namespace?: string): T[] {
    return namespace === undefined
      ? [...this.#objects.values()]
      : this.#pick(this.#namespaces.get(namespace));
  }

  byIndex(index: string, value: string): T[] {
    const found = this.#indexes.get(index);
    if (found === undefined) throw new RangeError(`there is no index ${index}`);
    return this.#pick(found.keys.get(value));
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  /** Returns what was there before. */
  set(object: T): T | undefined {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (old !== undefined) this.#unindex(key, old);
    this.#objects.set(key, object);
    enter(this.#namespaces, object.metadata.namespace ?? '', key);
    for (const { of, keys } of this.#indexes.values())
      for (const value of of(object)) enter(keys, value, key);
    return old;
  }

  /** Returns what was there before. */
  delete(key: string): T | undefined {
    const old = this.#objects.get(key);
    if (old === undefined) return undefined;
    this.#objects.delete(key);
    this.#unindex(key, old);
    return old;
  }

  #unindex(key: string, old: T): void {
    leave(this.#namespaces, old.metadata.namespace ?? '', key);
    for (const { of, keys } of this.#indexes.values()) for (const value of of(old)) leave(keys, value, key);
  }

  #pick(keys: Set<string> | undefined): T[] {
    const found: T[] = [];
    for (const key of keys ?? []) {
      const object = this.#objects.get(key);
      if (object !== undefined) found.push(object);
    }
    return found;
  }
}

function enter(index: Map<string, Set<string>>, value: string, key: string): void {
  const keys = index.get(value);
  if (keys === undefined) index.set(value, new Set([key]));
  else keys.add(key);
}

function leave(index: Map<string, Set<string>>, value: string, key: string): void {
  const keys = index.get(value);
  if (keys?.delete(key) === true && keys.size === 0) index.delete(value);
}
