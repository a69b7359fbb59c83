import type { KubeObject } from './types.ts';

/** Longer texts are seldom the same in two objects. */
const MAX_LENGTH = 64;
const MAX_REMEMBERED = 4_096;

/**
 * An object as it is kept for long: without managedFields, which often are half of it, and with each text and each part
 * that like objects repeat (a security context, a probe, an owner) held once, frozen. Parsing makes everything anew, and a
 * cache of thousands of like objects consists of repetitions.
 */
export function compact<T extends KubeObject>(object: T): T {
  // Not by `delete`: it would turn the metadata into a hash table, which takes several times the memory.
  const { managedFields: _, ...metadata } = object.metadata;
  const entries = Object.entries(object).map(([field, value]: [string, unknown]) => [
    field,
    field === 'metadata' ? withSharedMembers(metadata) : share(value),
  ]);
  // The same object with equal parts.
  return Object.fromEntries(entries) as T;
}

/** What was seen of late: the older half is forgotten when the newer one is full, and what is seen again stays. */
class Remembered<V> {
  #newer = new Map<string, V>();
  #older = new Map<string, V>();

  get(key: string): V | undefined {
    const value = this.#newer.get(key);
    if (value !== undefined) return value;
    const older = this.#older.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: string, value: V): void {
    if (this.#newer.size >= MAX_REMEMBERED) {
      this.#older = this.#newer;
      this.#newer = new Map();
    }
    this.#newer.set(key, value);
  }
}

const texts = new Remembered<string>();
const parts = new Remembered<object>();
/** By which a part stands in the signature of what holds it. */
const ids = new WeakMap<object, number>();
let lastId = 0;

function share(value: unknown): unknown {
  if (typeof value === 'string') return shareText(value);
  if (typeof value !== 'object' || value === null) return value;
  // It was kept before: an answer to a write goes to more than one cache.
  if (ids.has(value)) return value;
  const part = withSharedMembers(value);
  const signature = signatureOf(part);
  const known = parts.get(signature);
  if (known !== undefined) return known;
  ids.set(part, (lastId += 1));
  parts.set(signature, Object.freeze(part));
  return part;
}

/** What was parsed holds nothing that is inherited. */
function withSharedMembers<T extends object>(value: T): T {
  if (Array.isArray(value)) for (let i = 0; i < value.length; i += 1) value[i] = share(value[i]);
  else for (const key in value) value[key] = share(value[key]) as T[typeof key];
  return value;
}

/** The same for parts with the same members in the same order, whose own parts are shared already. */
function signatureOf(part: object): string {
  if (Array.isArray(part)) {
    let list = '[';
    for (const member of part) list += signatureOfMember(member);
    return list;
  }
  let map = '{';
  for (const key in part) map += `${key.length}:${key}${signatureOfMember(Reflect.get(part, key))}`;
  return map;
}

/** Texts by their length, so that no text can look like the end of another. */
function signatureOfMember(member: unknown): string {
  if (typeof member === 'string') return `"${member.length}:${member}`;
  if (typeof member === 'object' && member !== null) return `#${ids.get(member)};`;
  return `${String(member)};`;
}

function shareText(text: string): string {
  if (text.length > MAX_LENGTH) return text;
  const known = texts.get(text);
  if (known !== undefined) return known;
  texts.set(text, text);
  return text;
}
