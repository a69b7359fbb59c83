import type { ExactJson, ExactObject } from './exact-json.ts';

/** JavaScript lists names that look like array indexes first; of objects where that changes the order, the order as written. */
const written = new WeakMap<object, readonly string[]>();

export function rememberOrder(object: ExactObject, names: readonly string[]): void {
  written.set(object, names);
}

/** Names of the members in the order of the body: years and epochs as names keep it too. */
export function namesOf(object: ExactObject): readonly string[] {
  return written.get(object) ?? Object.keys(object);
}

export function membersOf(object: ExactObject): [string, ExactJson][] {
  return namesOf(object).map((name) => [name, object[name] as ExactJson]);
}

/** Sets a member, whatever its name: `__proto__` is a member like any other. */
export function setMember(object: ExactObject, name: string, value: ExactJson): void {
  if (name === '__proto__')
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  else object[name] = value;
}

/** An object of the members in their order; of several with one name the last counts. */
export function objectOf(members: Iterable<readonly [string, ExactJson]>): ExactObject {
  const list = Array.isArray(members) ? (members as (readonly [string, ExactJson])[]) : [...members];
  const object: ExactObject = {};
  let indexLike = false;
  for (let at = 0; at < list.length; at += 1) {
    const [name, value] = list[at] as readonly [string, ExactJson];
    setMember(object, name, value);
    indexLike ||= beginsWithDigit(name);
  }
  if (indexLike) rememberOrder(object, [...new Set(list.map(([name]) => name))]);
  return object;
}

/** The members and, after them, those of an object; in place of lists of pairs where records are made by the thousand. */
export function objectWith(first: readonly (readonly [string, ExactJson])[], rest: ExactObject): ExactObject {
  const names = namesOf(rest);
  const object: ExactObject = {};
  let indexLike = false;
  for (let at = 0; at < first.length; at += 1) {
    const [name, value] = first[at] as readonly [string, ExactJson];
    setMember(object, name, value);
    indexLike ||= beginsWithDigit(name);
  }
  for (let at = 0; at < names.length; at += 1) {
    const name = names[at] as string;
    setMember(object, name, rest[name] as ExactJson);
    indexLike ||= beginsWithDigit(name);
  }
  if (indexLike) rememberOrder(object, [...new Set([...first.map(([name]) => name), ...names])]);
  return object;
}

export function beginsWithDigit(name: string): boolean {
  const first = name.charCodeAt(0);
  return first >= 0x30 && first <= 0x39;
}
