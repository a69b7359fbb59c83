import { isExactNumber, isObject, type ExactJson, type ExactObject } from '../exact-json.ts';
import { membersOf, objectOf } from '../member-order.ts';
import { ExpressionError, typeName } from './value.ts';

/**
 * Long records to wide ones: records that are equal in what is kept become one, with a member for each of their names. A
 * name that comes twice for one of them is an error, since one value would replace the other.
 */
export function pivot(
  records: readonly ExactJson[],
  kept: readonly string[],
  name: string,
  value: string,
): ExactJson[] {
  const wide = new Map<string, Map<string, ExactJson>>();
  for (const record of records) {
    if (!isObject(record)) throw new ExpressionError(`pivot() takes records, and got ${typeName(record)}`);
    const around = kept.map((member) => [member, record[member] ?? null] as const);
    const identity = JSON.stringify(around);
    const row = wide.get(identity) ?? new Map<string, ExactJson>(around);
    wide.set(identity, row);
    const named = record[name] ?? null;
    if (typeof named !== 'string' && !isExactNumber(named))
      throw new ExpressionError(
        `pivot(): ${name} must hold a text or a number, and holds ${typeName(named)}`,
      );
    const member = typeof named === 'string' ? named : named.rawJSON;
    if (row.has(member))
      throw new ExpressionError(
        `pivot(): ${member} comes twice for ${identity}; keep what tells them apart as well`,
      );
    row.set(member, record[value] ?? null);
  }
  return [...wide.values()].map((row) => objectOf(row));
}

/** Rows become columns: the first items of all lists, the second ones, and so on. */
export function transpose(lists: readonly ExactJson[]): ExactJson[] {
  const rows = lists.map((list) => {
    if (Array.isArray(list)) return list;
    throw new ExpressionError(`transpose() takes a list of lists, and got ${typeName(list)}`);
  });
  const width = rows.reduce((widest, { length }) => Math.max(widest, length), 0);
  return Array.from({ length: width }, (_, at) => rows.map((row) => row[at] ?? null));
}

/** One record for each single value within, at any depth: its names joined by dots as `path`, and `value`. */
export function leaves(value: ExactJson): ExactJson[] {
  const found: ExactJson[] = [];
  collectLeaves(value, '', found);
  return found;
}

function collectLeaves(value: ExactJson, path: string, found: ExactJson[]): void {
  const below = (name: string): string => (path === '' ? name : `${path}.${name}`);
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) collectLeaves(item, below(String(index)), found);
  } else if (isObject(value)) {
    for (const [name, member] of membersOf(value)) collectLeaves(member, below(name), found);
  } else
    found.push(
      objectOf([
        ['path', path],
        ['value', value],
      ]),
    );
}

/** Each record and, after it, those within it at any depth, each without the member that holds the ones below it. */
export function descend(records: readonly ExactJson[], member: string): ExactJson[] {
  return records.flatMap((record) => {
    if (!isObject(record)) throw new ExpressionError(`descend() takes records, and got ${typeName(record)}`);
    const below = record[member] ?? null;
    const children = below === null || below === '' ? [] : Array.isArray(below) ? below : [below];
    return [without(record, member), ...descend(children, member)];
  });
}

function without(record: ExactObject, member: string): ExactObject {
  return objectOf(membersOf(record).filter(([name]) => name !== member));
}
