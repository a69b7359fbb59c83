import {
  isExactNumber,
  isObject,
  looksLike,
  membersOf,
  parseExactJson,
  parseXml,
  type ExactJson,
  type ExactObject,
} from '@tributary/producer';
import {
  alike,
  depthOfTimes,
  holdsNumber,
  isMapByTime,
  isMapOfCodes,
  isRow,
  namesFirst,
  tellsTime,
} from './tell-shapes.ts';

const DEEPEST = 5;

/** Everything that a body could be read by, from its top down. */
export function* expressionsFor(value: ExactJson, path: string, depth: number): Generator<string> {
  if (path === '') yield* scatteredColumns(value);
  const here = path === '' ? '@' : path;
  if (depth > DEEPEST) return;
  if (Array.isArray(value)) yield* ofList(value, here);
  else if (isObject(value)) {
    yield* ofObject(value, here);
    for (const [name, member] of membersOf(value)) {
      const below = path === '' ? step(name) : `${path}.${step(name)}`;
      if (typeof member === 'object') yield* expressionsFor(member, below, depth + 1);
      else if (typeof member === 'string') yield* ofText(member, below);
    }
  }
}

/** XML or JSON within a text is looked into as if it were there itself. */
function* ofText(text: string, path: string): Generator<string> {
  const [reader, read] = /^\s*<[?A-Za-z][^]*>\s*$/.test(text)
    ? (['parse_xml', (): ExactJson => parseXml(text, {})] as const)
    : /^\s*[{[][^]*[}\]]\s*$/.test(text)
      ? (['parse_json', (): ExactJson => parseExactJson(text)] as const)
      : [];
  if (reader === undefined) return;
  try {
    yield* expressionsFor(read(), `${reader}(${path})`, 1);
  } catch {
    // A text that only begins like one.
  }
}

function* ofList(list: readonly ExactJson[], here: string): Generator<string> {
  if (list.length === 0) return;
  const [first] = list;
  if (isObject(first)) {
    yield here;
    for (const inner of expansions(list, 0))
      yield `expand(${here}, ${inner.map((name) => `'${name}'`).join(', ')})`;
    if (columnLists(first).length > 1 && membersOf(first).every(([, member]) => !isObject(member)))
      yield `${here === '@' ? '[]' : `${here}[]`}.rows(@)[]`;
    for (const [name, member] of membersOf(first))
      if (typeof member === 'string' && /^\s*[[{]\s*[{["]/.test(member))
        yield `${here === '@' ? '[]' : `${here}[]`}.parse_json(${step(name)})${/^\s*\[/.test(member) ? '[]' : ''}`;
    for (const name of columnarMembers(first))
      yield `${here === '@' ? '[]' : `${here}[]`}.rows(merge(omit(@, '${name}'), ${step(name)}))[]`;
    const [wrapped] = membersOf(first).filter(
      ([, member]) => isObject(member) && membersOf(member).length > 4,
    );
    if (wrapped !== undefined && membersOf(first).length <= 3)
      yield `${here === '@' ? '[]' : `${here}[]`}.${step(wrapped[0])}`;
  } else if (list.every(Array.isArray)) {
    if (namesFirst(list)) yield here === '@' ? 'table([1:], [0])' : `table(${here}[1:], ${here}[0])`;
    yield here;
    yield* flattened(list as ExactJson[][], here);
  }
  // A list of a description and the rows, as some services answer.
  for (const [index, item] of list.slice(0, 4).entries())
    if (Array.isArray(item) && isObject(item[0])) yield here === '@' ? `[${index}]` : `${here}[${index}]`;
}

/** Lists of objects within a list; what only the first object of each says holds for those after it. */
function* flattened(lists: readonly ExactJson[][], here: string): Generator<string> {
  if (lists.length < 2 || !lists.every(([first]) => isObject(first))) return;
  const [first, second] = lists.find(({ length }) => length > 1) ?? [];
  const once = isObject(first) && isObject(second) ? membersOf(first).map(([name]) => name) : [];
  const said = once.filter((name) => isObject(second) && !Object.hasOwn(second, name));
  const flat = here === '@' ? '[]' : `${here}[]`;
  yield said.length === 0
    ? flat
    : `map(&fill_down(@, [${said.map((name) => `'${name}'`).join(', ')}]), ${here})[]`;
}

/** Lists of equally many values at different places: times here, and what was measured then a level or two below. */
function* scatteredColumns(body: ExactJson): Generator<string> {
  const groups = Map.groupBy(columnsWithin(body, '', 0), ({ length }) => length);
  for (const [length, columns] of groups) {
    const names = columns.map(({ name }) => name);
    const places = new Set(columns.map(({ path }) => path.slice(0, path.lastIndexOf('.') + 1)));
    // Those at one place are found as they stand.
    if (length < 2 || places.size < 2 || new Set(names).size < names.length) continue;
    yield `rows({${columns.map(({ name, path }) => `${step(name)}: ${path}`).join(', ')}})`;
  }
}

function columnsWithin(
  value: ExactJson,
  path: string,
  depth: number,
): { name: string; path: string; length: number }[] {
  if (depth > 6) return [];
  if (Array.isArray(value))
    return value.length === 1 ? columnsWithin(value[0] ?? null, `${path}[0]`, depth + 1) : [];
  if (!isObject(value)) return [];
  return membersOf(value).flatMap(([name, member]) => {
    const below = path === '' ? step(name) : `${path}.${step(name)}`;
    const single = (cell: ExactJson): boolean => !isObject(cell) && !Array.isArray(cell);
    return Array.isArray(member) && member.length > 1 && member.every(single)
      ? [{ name, path: below, length: member.length }]
      : columnsWithin(member, below, depth + 1);
  });
}

/** Members that hold lists side by side: dates and values of a series. */
function columnarMembers(object: ExactObject): string[] {
  return membersOf(object).flatMap(([name, member]) =>
    isObject(member) && columnLists(member).length > 1 ? [name] : [],
  );
}

/** Lists of single values that are equally long; none where they differ. */
function columnLists(object: ExactObject): string[] {
  const lists = membersOf(object).filter(
    ([, member]) =>
      Array.isArray(member) && member.length > 1 && !isObject(member[0]) && !Array.isArray(member[0]),
  );
  const lengths = new Set(lists.map(([, list]) => (list as ExactJson[]).length));
  return lengths.size === 1 ? lists.map(([name]) => name) : [];
}

/** Lists of objects within the objects of a list, some levels down; through objects by dotted names. */
function expansions(list: readonly ExactJson[], depth: number): string[][] {
  if (depth > 2) return [];
  const found = new Map<string, ExactJson[]>();
  for (const item of list.slice(0, 50)) {
    for (const [name, inner] of listsWithin(item, '', 0))
      found.set(name, [...(found.get(name) ?? []), ...inner]);
  }
  const timed = list.slice(0, 5).some((item) => tellsTime(item, 0));
  return [...found].flatMap(([name, inner]) => [
    // Of what tells a time itself, lists of words and references are no records of their own.
    ...(timed && !inner.slice(0, 5).some((item) => holdsNumber(item)) ? [] : [[name]]),
    ...expansions(inner, depth + 1).map((further) => [name, ...further]),
  ]);
}

function listsWithin(item: ExactJson, prefix: string, depth: number): [string, ExactJson[]][] {
  if (!isObject(item) || depth > 2) return [];
  return membersOf(item).flatMap(([name, member]): [string, ExactJson[]][] => {
    if (name.includes('.')) return [];
    if (Array.isArray(member))
      return isObject(member[0]) || isRow(member[0]) ? [[prefix + name, member]] : [];
    return listsWithin(member, `${prefix}${name}.`, depth + 1);
  });
}

function* ofObject(object: ExactObject, here: string): Generator<string> {
  const members = membersOf(object);
  if (isObject(object['dimension']) && (object['value'] !== undefined || Array.isArray(object['id'])))
    yield `cube(${here})`;
  if (
    Array.isArray(object['dataSets']) ||
    (isObject(object['data']) && Array.isArray(object['data']['dataSets']))
  )
    yield `cube(${here})`;
  const lists = columnLists(object);
  if (lists.length > 1 && looksLike(lists)?.isTime !== true)
    yield lists.length === members.length || here !== '@'
      ? `rows(${here})`
      : `rows(pick(@, ${lists.map((name) => `'${name}'`).join(', ')}))`;
  yield* tables(object, here);
  yield* siblings(members, here);
  if (members.length > 1 && members.every(([, member]) => isMapByTime(member)))
    yield `rows(${here}, '${keyOf(membersOf(members[0]?.[1] as ExactObject).map(([name]) => name))}')`;
  if (members.length > 0 && members.every(([, member]) => isMapOfCodes(member)))
    yield `entries(${here}, '${keyOf(members.map(([name]) => name))}', 'code')`;
  // What stands around lists within lists belongs to their records; around one list it mostly tells of the answer.
  for (const inner of expansions([object], 0))
    if (inner.length > 1 && inner[0]?.includes('.') === false)
      yield `expand(${here}, ${inner.map((name) => `'${name}'`).join(', ')})`;
  const depth = depthOfTimes(object, 0);
  if (depth > 1 && members.every(([, member]) => isObject(member) && depthOfTimes(member, 1) === depth)) {
    const keys = Array.from({ length: depth - 1 }, (_, at) => `'key${at === 0 ? '' : at + 1}'`);
    yield `entries(${here}, ${keys.join(', ')}, 'date')[?date]`;
  }
  const key = keyOf(members.map(([name]) => name));
  if (members.length > 1 && members.every(([, member]) => alike(member, members[0]?.[1] ?? null))) {
    yield `entries(${here}, '${key}')`;
    if (
      members.every(
        ([, member]) =>
          isObject(member) &&
          membersOf(member).length > 0 &&
          membersOf(member).every(([, inner]) => isObject(inner)),
      )
    ) {
      const [, inner] = members[0] ?? [];
      yield `entries(${here}, '${key}', '${keyOf(isObject(inner) ? membersOf(inner).map(([name]) => name) : [])}')`;
    }
  }
  if (here !== '@' && members.some(([, member]) => typeof member !== 'object' || isExactNumber(member)))
    yield `list(${here})`;
  else if (here === '@') yield '@';
}

/** Lists of like records side by side, and maps of objects that hold such lists. */
function* siblings(members: readonly [string, ExactJson][], here: string): Generator<string> {
  const lists = members.filter(
    ([, member]) => Array.isArray(member) && (isObject(member[0]) || isRow(member[0])),
  );
  const [, first] = lists[0] ?? [];
  const like =
    Array.isArray(first) &&
    lists.every(([, list]) => alike((list as ExactJson[])[0] ?? null, first[0] ?? null));
  if (like && lists.length > 1)
    yield `entries(pick(${here}, ${lists.map(([name]) => `'${name}'`).join(', ')}), 'list')`;
  const within = new Map<string, number>();
  for (const [, member] of members)
    for (const [name] of listsWithin(member, '', 2)) within.set(name, (within.get(name) ?? 0) + 1);
  for (const [name, count] of within)
    if (count > 2) yield `expand(entries(${here}, 'key')[?${step(name)}], '${name}')`;
}

/** Rows that are lists, and as many names as they have cells somewhere beside them. */
function* tables(object: ExactObject, here: string): Generator<string> {
  const prefix = here === '@' ? '' : `${here}.`;
  for (const [name, rows] of membersOf(object)) {
    if (!Array.isArray(rows) || !Array.isArray(rows[0])) continue;
    const width = rows[0].length;
    for (const names of namesOfWidth(object, width, '', 0)) {
      if (!names.startsWith(step(name))) yield `table(${prefix}${step(name)}, ${prefix}${names})`;
    }
  }
}

function* namesOfWidth(object: ExactObject, width: number, prefix: string, depth: number): Generator<string> {
  for (const [name, member] of membersOf(object)) {
    const path = `${prefix}${step(name)}`;
    if (Array.isArray(member) && member.length === width) {
      if (member.every((item) => typeof item === 'string')) yield path;
      const [first] = member;
      const label = ['fieldName', 'name', 'id', 'label', 'title'].find(
        (candidate) => isObject(first) && typeof first[candidate] === 'string',
      );
      if (label !== undefined) yield `${path}[].${label}`;
    } else if (isObject(member) && depth < 3) yield* namesOfWidth(member, width, `${path}.`, depth + 1);
  }
}

function keyOf(names: readonly string[]): string {
  const look = looksLike(names.slice(0, 50));
  return look?.isTime === true ? (look.type === 'date' ? 'date' : 'time') : 'key';
}

function step(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : JSON.stringify(name);
}
