import { isObject, type ExactJson, type ExactObject } from '../exact-json.ts';
import {
  beginsWithDigit,
  membersOf,
  namesOf,
  objectOf,
  objectWith,
  rememberOrder,
  setMember,
} from '../member-order.ts';
import { ExpressionError, typeName } from './value.ts';

/**
 * One record for each entry of a map, or of maps within maps: the name at each level under the key given for it, then
 * what is found there: the members of an object, one record for each object or list of a list, anything else as `value`.
 */
export function entries(value: ExactJson, keys: readonly string[]): ExactJson[] {
  const records: ExactJson[] = [];
  if (value !== null) collectEntries(value, keys, [], records);
  return records;
}

function collectEntries(
  value: ExactJson,
  keys: readonly string[],
  found: readonly (readonly [string, ExactJson])[],
  records: ExactJson[],
): void {
  const key = keys[found.length];
  if (key === undefined) return leaf(value, found, records);
  if (Array.isArray(value)) {
    for (const item of value) collectEntries(item, keys, found, records);
  } else if (isObject(value)) {
    for (const [name, member] of membersOf(value))
      collectEntries(member, keys, [...found, [key, name]], records);
  } else if (found.length === 0)
    throw new ExpressionError(`entries() takes an object, and got ${typeName(value)}`);
  else records.push(objectOf([...found, ['value', value]]));
}

function leaf(
  value: ExactJson,
  found: readonly (readonly [string, ExactJson])[],
  records: ExactJson[],
): void {
  if (isObject(value)) {
    const clash = found.find(([key]) => Object.hasOwn(value, key));
    if (clash !== undefined)
      throw new ExpressionError(
        `entries(): what is found has a member ${clash[0]} already; choose another name for the key`,
      );
    records.push(objectWith(found, value));
  } else if (
    Array.isArray(value) &&
    value.every((item) => typeof item === 'object' && item !== null && typeName(item) !== 'number')
  )
    for (const item of value) leafItem(item, found, records);
  else records.push(objectOf([...found, ['value', value]]));
}

/** Of lists within a list each is one record; they are not followed further. */
function leafItem(
  item: ExactJson,
  found: readonly (readonly [string, ExactJson])[],
  records: ExactJson[],
): void {
  if (isObject(item)) leaf(item, found, records);
  else records.push(objectOf([...found, ['value', item]]));
}

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

/**
 * Columns to records: lists are joined by position, maps by the name of their entries (which goes under `key`); anything
 * else is repeated. Lists that differ in length are an error, since nobody could tell what belongs together.
 */
export function alignedRows(columns: ExactObject, key: string): ExactJson[] {
  const members = membersOf(columns);
  const lists = members.filter((member): member is [string, ExactJson[]] => Array.isArray(member[1]));
  const maps = members.filter((member): member is [string, ExactObject] => isObject(member[1]));
  if (lists.length > 0) return rowsOfLists(members, lists);
  if (maps.length > 0) return rowsOfMaps(members, maps, key);
  return members.length === 0 ? [] : [columns];
}

function rowsOfLists(
  members: readonly [string, ExactJson][],
  lists: readonly [string, ExactJson[]][],
): ExactJson[] {
  const length = lists[0]?.[1].length ?? 0;
  const other = lists.find(([, list]) => list.length !== length);
  if (other !== undefined)
    throw new ExpressionError(
      `rows(): ${lists[0]?.[0]} has ${length} items and ${other[0]} has ${other[1].length}; a projection such as list[*].x leaves out nulls, map(&x, list) keeps them`,
    );
  const names = members.map(([name]) => name);
  const ordered = names.some(beginsWithDigit);
  const records: ExactJson[] = [];
  for (let at = 0; at < length; at += 1) {
    const record: ExactObject = {};
    for (let column = 0; column < members.length; column += 1) {
      const [name, value] = members[column] as [string, ExactJson];
      setMember(record, name, Array.isArray(value) ? (value[at] ?? null) : value);
    }
    if (ordered) rememberOrder(record, names);
    records.push(record);
  }
  return records;
}

function rowsOfMaps(
  members: readonly [string, ExactJson][],
  maps: readonly [string, ExactObject][],
  key: string,
): ExactJson[] {
  const names = new Set(maps.flatMap(([, map]) => namesOf(map)));
  return [...names].map((entry) =>
    objectOf([
      [key, entry],
      ...members.map(([name, value]): [string, ExactJson] => [
        name,
        isObject(value) ? (Object.hasOwn(value, entry) ? (value[entry] ?? null) : null) : value,
      ]),
    ]),
  );
}

/** Lists of cells to records, by names that stand elsewhere. */
export function tableRows(rows: readonly ExactJson[], names: readonly string[]): ExactJson[] {
  const distinct = distinctNames(names);
  return rows.map((row) => {
    if (!Array.isArray(row))
      throw new ExpressionError(`table() takes lists of cells, and got ${typeName(row)}`);
    return objectOf(row.map((cell, at) => [distinct[at] ?? `c${at}`, cell] as const));
  });
}

/** Names made distinct by number, so that no cell replaces another. */
export function distinctNames(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.map((name, at) => {
    let distinct = name === '' ? `c${at}` : name;
    for (let number = 2; seen.has(distinct); number += 1)
      distinct = `${name === '' ? `c${at}` : name}_${number}`;
    seen.add(distinct);
    return distinct;
  });
}

/** Wide records to long ones: each member that is not kept becomes a record of its name and its value. */
export function unpivot(
  records: readonly ExactJson[],
  kept: readonly string[],
  name: string,
  value: string,
): ExactJson[] {
  const keep = new Set(kept);
  return records.flatMap((record) => {
    if (!isObject(record)) throw new ExpressionError(`unpivot() takes records, and got ${typeName(record)}`);
    const members = membersOf(record);
    const around = members.filter(([member]) => keep.has(member));
    return members
      .filter(([member]) => !keep.has(member))
      .map(([member, cell]) => objectOf([...around, [name, member], [value, cell]]));
  });
}

/** What is blank is taken from the record above. */
export function fillDown(records: readonly ExactJson[], members: readonly string[]): ExactJson[] {
  const last = new Map<string, ExactJson>();
  return records.map((record) => {
    if (!isObject(record)) return record;
    const filled = objectOf(membersOf(record));
    for (const member of members) {
      const value = Object.hasOwn(record, member) ? (record[member] ?? null) : null;
      if (value !== null && value !== '') last.set(member, value);
      else setMember(filled, member, last.get(member) ?? value);
    }
    return filled;
  });
}
