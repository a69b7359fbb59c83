import { isObject, type ExactJson, type ExactObject } from '../exact-json.ts';
import { membersOf, namesOf, objectOf } from '../member-order.ts';
import { entries } from './reshape.ts';
import { ExpressionError, typeName } from './value.ts';

/**
 * One record for each item of a list within each record, together with the members around it; an object counts as one
 * item, nothing as none. What has the same name within and around is found around as `^name`.
 */
export function expand(records: readonly ExactJson[], members: readonly string[]): ExactJson[] {
  return members.reduce<readonly ExactJson[]>((outer, member) => {
    const inner = outer.flatMap((record) => expandOne(record, member));
    if (inner.length === 0) assertHeld(outer, member);
    return inner;
  }, records) as ExactJson[];
}

/** A member that no record has at all is a changed shape, or a wrong name; an empty one is none. */
function assertHeld(records: readonly ExactJson[], member: string): void {
  const held = records.some((record) => isObject(record) && memberWithin(record, member) !== undefined);
  const [first] = records;
  if (held || first === undefined || !isObject(first)) return;
  throw new ExpressionError(
    `expand(): no record has a member ${member}; the first has ${namesOf(first).slice(0, 12).join(', ')}`,
  );
}

function expandOne(record: ExactJson, member: string): ExactJson[] {
  if (!isObject(record)) throw new ExpressionError(`expand() takes records, and got ${typeName(record)}`);
  const found = memberWithin(record, member);
  if (found === undefined || found.inner === null) return [];
  const { inner, around } = found;
  return (Array.isArray(inner) ? inner : [inner]).map((item) =>
    together(around, isObject(item) ? membersOf(item) : [['value', item]]),
  );
}

/** A list may lie deeper: of `buckets.by_day` the other members of `buckets` are around it as well. */
function memberWithin(
  record: ExactObject,
  member: string,
): { inner: ExactJson; around: [string, ExactJson][] } | undefined {
  if (Object.hasOwn(record, member))
    return { inner: record[member] ?? null, around: membersOf(record).filter(([name]) => name !== member) };
  for (let dot = member.indexOf('.'); dot > 0; dot = member.indexOf('.', dot + 1)) {
    const outer = record[member.slice(0, dot)];
    if (!Object.hasOwn(record, member.slice(0, dot)) || !isObject(outer)) continue;
    const deeper = memberWithin(outer, member.slice(dot + 1));
    if (deeper === undefined) continue;
    const around = membersOf(record).filter(([name]) => name !== member.slice(0, dot));
    return { inner: deeper.inner, around: membersOf(together(around, deeper.around)) };
  }
  return undefined;
}

/** What has the same name within and around is `^name` around, two levels out `^^name`: nothing replaces anything. */
function together(
  around: readonly [string, ExactJson][],
  within: readonly [string, ExactJson][],
): ExactObject {
  const taken = new Set(within.map(([name]) => name));
  if (!around.some(([name]) => taken.has(name))) return objectOf([...around, ...within]);
  const shifted = [...around]
    .sort(([a], [b]) => carets(a) - carets(b))
    .map(([name, value]): [string, ExactJson, string] => {
      let free = name;
      while (taken.has(free)) free = `^${free}`;
      taken.add(free);
      return [free, value, name];
    });
  const names = new Map(shifted.map(([free, , name]) => [name, free]));
  return objectOf([
    ...around.map(([name, value]): [string, ExactJson] => [names.get(name) ?? name, value]),
    ...within,
  ]);
}

function carets(name: string): number {
  return name.length - name.replace(/^\^+/, '').length;
}

/** One record for each entry of a map within each record (names under the keys, a level each), with the members around it. */
export function expandEntries(
  records: readonly ExactJson[],
  member: string,
  keys: readonly string[],
): ExactJson[] {
  return records.flatMap((record) => {
    if (!isObject(record))
      throw new ExpressionError(`expand_entries() takes records, and got ${typeName(record)}`);
    const found = memberWithin(record, member);
    if (found === undefined) return [];
    return entries(found.inner, keys).map((entry) =>
      together(found.around, isObject(entry) ? membersOf(entry) : [['value', entry]]),
    );
  });
}
