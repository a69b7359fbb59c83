import { parseDelimited } from '../body/delimited.ts';
import { dialectOf } from './dialect-argument.ts';
import { parseXml } from '../body/xml.ts';
import { isObject, type ExactJson, type ExactObject } from '../exact-json.ts';
import { membersOf, objectOf } from '../member-order.ts';
import { cubeCells } from './cube.ts';
import { expand, expandEntries } from './expand.ts';
import { defineFunction, type Arguments } from './function.ts';
import { keyText } from './list-functions.ts';
import { computed } from './value.ts';
import { alignedRows, entries, fillDown, tableRows, unpivot } from './reshape.ts';
import { descend, leaves, pivot, transpose } from './reshape-long.ts';

/** What turns other shapes into lists of records; docs/extraction.md shows each with a body and its records. */
export const RESHAPE_FUNCTIONS = [
  defineFunction('entries(object, key, …)', (args) =>
    ofPresent(args, () => entries(args.any(0), textsFrom(args, 1))),
  ),
  defineFunction('expand(records, member, …)', (args) =>
    ofPresent(args, (records) => expand(records, textsFrom(args, 1))),
  ),
  defineFunction('expand_entries(records, member, key, …)', (args) =>
    ofPresent(args, (records) => expandEntries(records, args.text(1), textsFrom(args, 2))),
  ),
  defineFunction('rows(columns, [key])', (args) =>
    alignedRows(args.object(0), args.length > 1 ? args.text(1) : 'key'),
  ),
  defineFunction('table(rows, names)', (args) => tableRows(args.list(0), args.names(1))),
  defineFunction('unpivot(records, kept, name, value)', (args) =>
    ofPresent(args, (records) => unpivot(records, args.names(1), args.text(2), args.text(3))),
  ),
  defineFunction('pivot(records, kept, name, value)', (args) =>
    ofPresent(args, (records) => pivot(records, args.names(1), args.text(2), args.text(3))),
  ),
  defineFunction('transpose(lists)', (args) => transpose(args.list(0))),
  defineFunction('leaves(value)', (args) => leaves(args.any(0))),
  defineFunction('descend(records, member)', (args) =>
    ofPresent(args, (records) => descend(records, args.text(1))),
  ),
  defineFunction('map_values(&expression, object)', (args) =>
    objectOf(membersOf(args.object(1)).map(([name, value]) => [name, args.reference(0)(value)] as const)),
  ),
  defineFunction('fill_down(records, members)', (args) => fillDown(args.list(0), args.names(1))),
  defineFunction('cube(data)', (args) => cubeCells(args.object(0))),
  defineFunction('numbered(records, member)', (args) =>
    args.list(0).map((item, index) => {
      const members: [string, ExactJson][] = isObject(item) ? membersOf(item) : [['value', item]];
      return objectOf([[args.text(1), computed(index + 1)], ...members]);
    }),
  ),
  defineFunction('list(value)', (args) => listOf(args.any(0))),
  defineFunction('get(object, name)', (args) => {
    const [object, name] = [args.any(0), args.any(1)];
    if (name === null) return null;
    if (Array.isArray(object)) return itemAt(object, name);
    if (!isObject(object)) return null;
    const key = keyText(name, 'get');
    return Object.hasOwn(object, key) ? (object[key] ?? null) : null;
  }),
  defineFunction('index_by(records, &expression)', (args) =>
    objectOf(args.list(0).map((item) => [keyText(args.reference(1)(item), 'index_by'), item] as const)),
  ),
  defineFunction('pick(object, name, …)', (args) => {
    const names = Array.from({ length: args.length - 1 }, (_, index) => args.names(index + 1)).flat();
    const object = args.object(0);
    return objectOf(
      names.filter((name) => Object.hasOwn(object, name)).map((name) => [name, object[name] as ExactJson]),
    );
  }),
  defineFunction('omit(object, name, …)', (args): ExactObject => {
    const names = new Set(
      Array.from({ length: args.length - 1 }, (_, index) => args.names(index + 1)).flat(),
    );
    return objectOf(membersOf(args.object(0)).filter(([name]) => !names.has(name)));
  }),
  defineFunction('parse_xml(text)', (args) => parseXml(args.text(0), {})),
  defineFunction('parse_csv(text, [delimiter_or_dialect])', (args) => {
    const second = args.any(1);
    return parseDelimited(
      args.text(0),
      isObject(second) ? dialectOf(second) : { delimiter: args.text(1, ',') },
    );
  }),
];

/** Of what is not there no records are made, which is another thing than none: null is a changed shape. */
function ofPresent(args: Arguments, make: (records: ExactJson[]) => ExactJson): ExactJson {
  return args.any(0) === null ? null : make(listOf(args.any(0)));
}

function textsFrom(args: Arguments, first: number): string[] {
  return Array.from({ length: args.length - first }, (_, index) => args.text(index + first));
}

/** Object or list or nothing, as a list. */
function listOf(value: ExactJson): ExactJson[] {
  return value === null ? [] : Array.isArray(value) ? value : [value];
}

/** Of a list that codes point into: its place is the code. */
function itemAt(list: readonly ExactJson[], place: ExactJson): ExactJson {
  const text = keyText(place, 'get');
  return /^\d{1,9}$/.test(text) ? (list[Number(text)] ?? null) : null;
}
