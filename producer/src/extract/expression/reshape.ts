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
