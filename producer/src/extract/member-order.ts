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
  const object: ExactObject = {};
  const names = new Set<string>();
  let indexLike = false;
  for (const [name, value] of members) {
    setMember(object, name, value);
    names.add(name);
    indexLike ||= beginsWithDigit(name);
  }
  if (indexLike) rememberOrder(object, [...names]);
  return object;
}

export function beginsWithDigit(name: string): boolean {
  const first = name.charCodeAt(0);
  return first >= 0x30 && first <= 0x39;
}
