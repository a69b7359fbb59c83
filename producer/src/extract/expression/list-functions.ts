import { ExactNumber, isExactNumber, isObject, type ExactJson } from '../exact-json.ts';
import { membersOf, namesOf, objectOf } from '../member-order.ts';
import { compareExact } from './compare-numbers.ts';
import { defineFunction, type Arguments, type Reference } from './function.ts';
import { computed, equalValues, ExpressionError, numberOf, typeName } from './value.ts';

/** JMESPath's functions over numbers, lists and objects. */
export const LIST_FUNCTIONS = [
  defineFunction('abs(number)', (args) => new ExactNumber(args.number(0).rawJSON.replace(/^-/, ''))),
  defineFunction('ceil(number)', (args) => rounded(args.number(0), Math.ceil)),
  defineFunction('floor(number)', (args) => rounded(args.number(0), Math.floor)),
  defineFunction('avg(numbers)', (args) => {
    const numbers = numbersOf(args);
    return numbers.length === 0 ? null : computed(sum(numbers) / numbers.length);
  }),
  defineFunction('sum(numbers)', (args) => computed(sum(numbersOf(args)))),
  defineFunction('contains(list_or_text, item)', (args) => {
    const [within, item] = [args.any(0), args.any(1)];
    if (typeof within === 'string') return typeof item === 'string' && within.includes(item);
    return args.list(0).some((each) => equalValues(each, item));
  }),
  defineFunction('length(list_or_object_or_text)', (args) => {
    const value = args.any(0);
    if (typeof value === 'string') return computed([...value].length);
    return computed(isObject(value) ? Object.keys(value).length : args.list(0).length);
  }),
  defineFunction('reverse(list_or_text)', (args) => {
    const value = args.any(0);
    return typeof value === 'string' ? [...value].reverse().join('') : [...args.list(0)].reverse();
  }),
  defineFunction('keys(object)', (args) => [...namesOf(args.object(0))]),
  defineFunction('values(object)', (args) => membersOf(args.object(0)).map(([, value]) => value)),
  defineFunction('items(object)', (args) => membersOf(args.object(0))),
  defineFunction('from_items(pairs)', (args) =>
    objectOf(
      args.list(0).map((pair): [string, ExactJson] => {
        const [name, value = null] = Array.isArray(pair) ? pair : [];
        if (typeof name !== 'string') throw new ExpressionError('from_items() takes [name, value] pairs');
        return [name, value];
      }),
    ),
  ),
  defineFunction('merge(object, …)', (args) =>
    objectOf(Array.from({ length: args.length }, (_, index) => membersOf(args.object(index))).flat()),
  ),
  defineFunction('zip(list, …)', (args) => {
    const lists = Array.from({ length: args.length }, (_, index) => args.list(index));
    const shortest = Math.min(...lists.map(({ length }) => length));
    return Array.from({ length: shortest }, (_, at) => lists.map((list) => list[at] ?? null));
  }),
  defineFunction('not_null(value, …)', (args) => {
    for (let index = 0; index < args.length; index += 1) if (args.any(index) !== null) return args.any(index);
    return null;
  }),
  defineFunction('to_array(value)', (args) => {
    const value = args.any(0);
    return Array.isArray(value) ? value : [value];
  }),
  defineFunction('type(value)', (args) => typeName(args.any(0))),
  defineFunction('map(&expression, list)', (args) => args.list(1).map(args.reference(0))),
  defineFunction('group_by(list, &expression)', (args) => {
    const groups = new Map<string, ExactJson[]>();
    for (const item of args.list(0)) {
      const name = keyText(args.reference(1)(item), 'group_by');
      const group = groups.get(name);
      if (group === undefined) groups.set(name, [item]);
      else group.push(item);
    }
    return objectOf(groups);
  }),
  defineFunction('sort(list)', (args) => [...args.list(0)].sort((a, b) => order(a, b))),
  defineFunction('sort_by(list, &expression)', (args) => sortedBy(args.list(0), args.reference(1))),
  defineFunction('max(list)', (args) => [...args.list(0)].sort((a, b) => order(b, a))[0] ?? null),
  defineFunction('min(list)', (args) => [...args.list(0)].sort((a, b) => order(a, b))[0] ?? null),
  defineFunction(
    'max_by(list, &expression)',
    (args) => sortedBy(args.list(0), args.reference(1)).at(-1) ?? null,
  ),
  defineFunction('min_by(list, &expression)', (args) => sortedBy(args.list(0), args.reference(1))[0] ?? null),
];

/** The text of a value that names something. */
export function keyText(value: ExactJson, name: string): string {
  if (typeof value === 'string') return value;
  if (isExactNumber(value)) return value.rawJSON;
  throw new ExpressionError(`${name}() needs a text or a number as name, and got ${typeName(value)}`);
}

/** A whole number is as written: a double may have no digits for it. */
function rounded(number: ExactNumber, by: (value: number) => number): ExactJson {
  return /^-?\d+$/.test(number.rawJSON) ? number : computed(by(Number(number.rawJSON)));
}

function numbersOf(args: Arguments): number[] {
  return args.list(0).map((item) => {
    const number = numberOf(item);
    if (number === undefined)
      throw new ExpressionError(`a list of numbers is wanted, and it holds a ${typeName(item)}`);
    return number;
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function sortedBy(list: readonly ExactJson[], by: Reference): ExactJson[] {
  return list
    .map((item) => ({ item, key: by(item) }))
    .sort((a, b) => order(a.key, b.key))
    .map(({ item }) => item);
}

function order(a: ExactJson, b: ExactJson): number {
  if (isExactNumber(a) && isExactNumber(b)) return compareExact(a, b);
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  throw new ExpressionError(`cannot sort ${typeName(a)} with ${typeName(b)}; sort texts or numbers`);
}
