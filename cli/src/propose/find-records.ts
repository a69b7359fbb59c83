import {
  cellText,
  compileSelector,
  isExactNumber,
  isObject,
  looksLike,
  membersOf,
  type ExactJson,
  type ExactObject,
} from '@tributary/producer';

/** An expression that makes records of a body, and the records. */
export interface RecordsFound {
  /** Undefined: the body itself. */
  expression: string | undefined;
  records: ExactJson[];
  /** Member that holds the names of a map's entries. */
  keyMember?: string;
}

const DEEPEST = 5;

/** The expression that yields most records out of a body, and of equal ones the shortest. */
export function findRecords(body: ExactJson): RecordsFound {
  const candidates = [...expressionsFor(body, '', 0)].flatMap((expression): RecordsFound[] => {
    const records = evaluate(expression, body);
    return records.length === 0 ? [] : [{ expression: expression === '@' ? undefined : expression, records }];
  });
  const [best] = candidates.sort((a, b) => worth(b) - worth(a));
  return best ?? { expression: undefined, records: Array.isArray(body) ? body : [body] };
}

function evaluate(expression: string, body: ExactJson): ExactJson[] {
  try {
    return compileSelector(expression === '@' ? undefined : expression)(body);
  } catch {
    return [];
  }
}

/** Values that the records hold; what needs no functions and goes less deep is preferred where it is about the same. */
function worth({ expression = '', records }: RecordsFound): number {
  const values = records
    .slice(0, 1_000)
    .reduce<number>((sum, record) => sum + Math.min(valuesOf(record), 12), 0);
  const perRecord = records.length > 1_000 ? records.length / 1_000 : 1;
  return values * perRecord * (records.length > 1 ? 2 : 1) - expression.length;
}

function valuesOf(record: ExactJson): number {
  if (isObject(record)) return membersOf(record).length;
  return Array.isArray(record) ? Math.min(record.length, 8) : 0.5;
}

/** Everything that a body could be read by, from its top down. */
function* expressionsFor(value: ExactJson, path: string, depth: number): Generator<string> {
  const here = path === '' ? '@' : path;
  if (depth > DEEPEST) return;
  if (Array.isArray(value)) yield* ofList(value, here);
  else if (isObject(value)) {
    yield* ofObject(value, here);
    for (const [name, member] of membersOf(value)) {
      if (typeof member === 'object')
        yield* expressionsFor(member, path === '' ? step(name) : `${path}.${step(name)}`, depth + 1);
    }
  }
}

function* ofList(list: readonly ExactJson[], here: string): Generator<string> {
  if (list.length === 0) return;
  const [first] = list;
  if (isObject(first)) {
    yield here;
    for (const inner of expansions(list, 0))
      yield `expand(${here}, ${inner.map((name) => `'${name}'`).join(', ')})`;
    for (const name of columnarMembers(first))
      yield `${here === '@' ? '[]' : `${here}[]`}.rows(merge(omit(@, '${name}'), ${step(name)}))[]`;
    const [wrapped] = membersOf(first).filter(
      ([, member]) => isObject(member) && membersOf(member).length > 4,
    );
    if (wrapped !== undefined && membersOf(first).length <= 3)
      yield `${here === '@' ? '[]' : `${here}[]`}.${step(wrapped[0])}`;
  } else if (list.every(Array.isArray)) yield here;
  // A list of a description and the rows, as some services answer.
  for (const [index, item] of list.slice(0, 4).entries())
    if (Array.isArray(item) && isObject(item[0])) yield here === '@' ? `[${index}]` : `${here}[${index}]`;
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

/** Lists of objects within the objects of a list, one or two levels down. */
function expansions(list: readonly ExactJson[], depth: number): string[][] {
  if (depth > 2) return [];
  const names = new Set(
    list.slice(0, 50).flatMap((item) =>
      isObject(item)
        ? membersOf(item)
            .filter(([, member]) => Array.isArray(member) && isObject(member[0]))
            .map(([name]) => name)
        : [],
    ),
  );
  return [...names].flatMap((name) => {
    const inner = list
      .slice(0, 50)
      .flatMap((item) => (isObject(item) && Array.isArray(item[name]) ? item[name] : []));
    return [[name], ...expansions(inner, depth + 1).map((further) => [name, ...further])];
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
  if (lists.length > 1)
    yield lists.length === members.length || here !== '@'
      ? `rows(${here})`
      : `rows(pick(@, ${lists.map((name) => `'${name}'`).join(', ')}))`;
  yield* tables(object, here);
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

/** Entries of a map are of one kind: objects with a member in common, lists, or all numbers. */
function alike(value: ExactJson, first: ExactJson): boolean {
  if (isObject(first)) {
    const names = new Set(membersOf(first).map(([name]) => name));
    return isObject(value) && membersOf(value).some(([name]) => names.has(name));
  }
  if (Array.isArray(first)) return Array.isArray(value) && isObject(first[0]);
  return isExactNumber(first) && isExactNumber(value);
}

function keyOf(names: readonly string[]): string {
  const look = looksLike(names.slice(0, 50));
  return look?.isTime === true ? (look.type === 'date' ? 'date' : 'time') : 'key';
}

function step(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : (cellText(JSON.stringify(name)) ?? name);
}
