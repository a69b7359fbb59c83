import {
  cellText,
  isObject,
  looksLike,
  membersOf,
  numberWriting,
  type ExactJson,
  type LooksLike,
} from '@tributary/producer';
import { composedTime } from './date-parts.ts';
import { isMissingWord } from './missing-words.ts';

/** A column as a user would write it. */
export interface ProposedColumn {
  name: string;
  path?: string;
  role?: 'key' | 'time' | 'measure';
  type?: string;
  format?: string;
  number?: object;
  zoneFrom?: string;
}

interface Field {
  path: string;
  name: string;
  texts: string[];
  look: LooksLike | undefined;
  /** Of numbers that a cast could not read. */
  writing: object | undefined;
  /** Words for a missing value that it holds. */
  missing: readonly string[];
}

const MOST_COLUMNS = 24;
const MOST_RECORDS = 500;
const TIME_NAMES =
  /^(time|date|ts|timestamp|datetime|period|day|month|.*(_at|date|time|_on|updated|refreshed)|time.*|date.*)$/i;
const KEY_NAMES =
  /^(id|.*_id|.*id|key|code|symbol|ticker|currency|series|seriesid|isin|uuid|guid|sku|name|.*code|station|site)$/i;

export interface Proposed {
  columns: ProposedColumn[];
  /** Whether keys and time tell all records apart. */
  distinct: boolean;
  /** Words that stand for a missing value among numbers and times. */
  nulls: string[];
}

/** Columns for the scalars of records: one time, a key that tells the records of one time apart, measures. */
export function proposeColumns(records: readonly ExactJson[], body: ExactJson): Proposed {
  const sample = records.slice(0, MOST_RECORDS);
  const { fields, time } = withTime(fieldsOf(sample), sample.length, body);
  const keys = keysOf(fields, time, sample.length);
  const names = new Set<string>();
  const identity = fields.filter((field) => field === time || keys.includes(field));
  const ordered = [...new Set([...identity, ...fields])];
  const zone = fields.find(isZone);
  const columns = ordered.slice(0, MOST_COLUMNS).map((field): ProposedColumn => {
    const name = distinct(field.name, names);
    const role =
      field === time ? 'time' : keys.includes(field) ? 'key' : isMeasure(field) ? 'measure' : undefined;
    const type = role === 'key' ? undefined : typeOf(field, role);
    return {
      name,
      ...(field.path === name ? {} : { path: field.path }),
      ...(role === undefined ? {} : { role }),
      ...(type === undefined || type === 'string' ? {} : { type }),
      ...(role === 'measure' && field.writing !== undefined ? { number: field.writing } : {}),
      ...(role === 'time' && field.look?.format !== undefined ? { format: field.look.format } : {}),
      ...(role === 'time' && zone !== undefined ? { zoneFrom: zone.path } : {}),
    };
  });
  const identifying = [...(time === undefined ? [] : [time]), ...keys];
  return {
    columns,
    distinct: isDistinct(identifying, sample.length),
    nulls: [...new Set(ordered.flatMap(({ missing }) => missing))].sort(),
  };
}

/** Names of zones, beside times that have none. */
function isZone({ name, texts }: Field): boolean {
  return /zone|^tz$/i.test(name) && texts.length > 0 && texts.slice(0, 20).every(isZoneName);
}

function isZoneName(text: string): boolean {
  if (!/^(UTC|GMT|[A-Za-z]+\/[A-Za-z_/]+)$/.test(text)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).format(0) !== '';
  } catch {
    return false;
  }
}

/** The time of the records: one of their fields, several together, or what the body says once for all of them. */
function withTime(
  fields: readonly Field[],
  count: number,
  body: ExactJson,
): { fields: readonly Field[]; time: Field | undefined } {
  const own = timeOf(fields, count);
  const composed = composedTime(fields.filter(({ texts }) => texts.length === count));
  if (
    composed !== undefined &&
    (own === undefined || composed.fields.some(({ path }) => path === own.path))
  ) {
    const texts = Array.from({ length: count }, (_, at) =>
      composed.fields.map((part) => part.texts[at]).join('\0'),
    );
    const { type, format, path } = composed;
    const look = { type, isTime: true, ...(format === undefined ? {} : { format }) };
    const time: Field = {
      path,
      name: type === 'date' ? 'date' : 'time',
      texts,
      look,
      writing: undefined,
      missing: [],
    };
    return { fields: [time, ...fields.filter((field) => !composed.fields.includes(field))], time };
  }
  if (own !== undefined || count === 0) return { fields, time: own };
  const told = timeOfBody(body, '$', 0);
  if (told === undefined || told.path === '$') return { fields, time: undefined };
  const time = { ...told, texts: Array.from({ length: count }, () => told.texts[0] ?? '') };
  return { fields: [time, ...fields], time };
}

/** A time near the top of the body, named like one. */
function timeOfBody(value: ExactJson, path: string, depth: number): Field | undefined {
  if (!isObject(value) || depth > 3) return undefined;
  for (const [name, member] of membersOf(value)) {
    const below = `${path}.${name}`;
    const text = isObject(member) || Array.isArray(member) ? null : cellText(member);
    if (text !== null && TIME_NAMES.test(name.replace(/^@/, ''))) {
      const field = fieldOf(below, [text]);
      if (field.look?.isTime === true && !/["()|&{}?!<>=,'`*]/.test(below)) return field;
    }
    const found = timeOfBody(member, below, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A time that is no ISO 8601 is cast by its format where it is the event time; elsewhere it stays what it is written as. */
function typeOf({ look, texts }: Field, role: string | undefined): string | undefined {
  if (role === 'measure' && look?.type === 'string') return 'decimal(18,6)';
  if (look?.format === undefined || role === 'time') return look?.type;
  return texts.every((text) => /^\d+$/.test(text)) ? 'long' : 'string';
}

function fieldsOf(records: readonly ExactJson[]): Field[] {
  const texts = new Map<string, string[]>();
  for (const record of records) {
    for (const [path, value] of scalars(record, '', 0)) {
      const known = texts.get(path) ?? [];
      if (value !== null) known.push(value);
      texts.set(path, known);
    }
  }
  // What has no value in any record says nothing of itself; it is kept undeclared.
  return [...texts].flatMap(([path, given]) => (given.length === 0 ? [] : [fieldOf(path, given)]));
}

function fieldOf(path: string, texts: string[]): Field {
  const name = nameOf(path);
  const given = texts.filter((text) => !isMissingWord(text));
  const whole = looksLike(given);
  const readable = given.length > 0 && (whole?.type !== 'string' || numberWriting(given) !== undefined);
  const look = readable ? whole : looksLike(texts);
  const year = TIME_NAMES.test(name) && texts.every((text) => /^(19|20)\d{2}$/.test(text));
  return {
    path,
    name,
    texts,
    look: year ? { type: 'date', format: 'yyyy', isTime: true } : look,
    writing: look?.type === 'string' ? numberWriting(given) : undefined,
    missing: readable ? [...new Set(texts.filter(isMissingWord))] : [],
  };
}

function* scalars(value: ExactJson, path: string, depth: number): Generator<[string, string | null]> {
  if (isObject(value) && depth < 4) {
    for (const [name, member] of membersOf(value)) {
      // A record's own member goes by its name, dots and all.
      const bare =
        path === ''
          ? /^[^.[\]"()|&{}?!<>=,'`*]+(\.[^.[\]"()|&{}?!<>=,'`*]+)*$/
          : /^[^.[\]"()|&{}?!<>=,'`*]+$/;
      const step = bare.test(name) ? name : JSON.stringify(name);
      yield* scalars(member, path === '' ? step : `${path}.${step}`, depth + 1);
    }
  } else if (Array.isArray(value)) {
    // A list of a few numbers is a position or a bar; longer or nested ones stay together.
    if (
      value.length <= (path === '' ? 24 : 8) &&
      value.every((item) => !isObject(item) && !Array.isArray(item))
    )
      for (const [index, item] of value.entries()) yield* scalars(item, `${path}[${index}]`, depth + 1);
  } else yield [path === '' ? '@' : path, cellText(value)];
}

/** Of what looks like a time and is nearly always there: what tells most records apart, then what is named like one. */
function timeOf(fields: readonly Field[], count: number): Field | undefined {
  const times = fields.filter(({ look, texts }) => look?.isTime === true && texts.length >= count * 0.9);
  const worth = ({ texts, name }: Field): number => new Set(texts).size * 2 + (TIME_NAMES.test(name) ? 1 : 0);
  return times.toSorted((a, b) => worth(b) - worth(a))[0];
}

/** The fewest that tell records of one time apart, those named like a key first. */
function keysOf(fields: readonly Field[], time: Field | undefined, count: number): Field[] {
  const complete = fields.filter(
    (field) => field !== time && field.texts.length === count && !field.texts.includes(''),
  );
  const byName = complete
    .filter(({ name, look }) => KEY_NAMES.test(name) && look?.isTime !== true)
    .sort((a, b) => a.path.split('.').length - b.path.split('.').length);
  const others = complete.filter((field) => !isMeasure(field) && field.look?.isTime !== true);
  const chosen: Field[] = [];
  if (time === undefined || !isDistinct([time], count)) {
    for (const field of [...new Set([...byName, ...others])]) {
      if (chosen.length >= 3 || isDistinct([...chosen, ...(time === undefined ? [] : [time])], count)) break;
      if (new Set(field.texts).size > 1 || count === 1) chosen.push(field);
    }
  }
  const [unique] = byName.filter((field) => isDistinct([field], count));
  if (chosen.length === 0 && unique !== undefined) return [unique];
  return unique !== undefined && chosen.length > 1 ? [unique] : chosen;
}

function isDistinct(fields: readonly Field[], count: number): boolean {
  if (fields.length === 0) return false;
  const rows = new Set(
    Array.from({ length: count }, (_, at) => JSON.stringify(fields.map(({ texts }) => texts[at]))),
  );
  return rows.size === count;
}

function isMeasure({ look, name, writing }: Field): boolean {
  return (
    look !== undefined &&
    (writing !== undefined || /^(long|double|decimal)/.test(look.type)) &&
    !/(^|_)id$|code$|zip|year/i.test(name)
  );
}

/** `properties.mag` is mag, `@currency` is currency, `[1]` is c1. */
function nameOf(path: string): string {
  const item = /\[(\d+)\]$/.exec(path);
  const last =
    path
      .replace(/\[\d+\]$/, '')
      .split('.')
      .at(-1) ?? path;
  const words = `${last}${item === null ? '' : `_${item[1]}`}`
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  if (words === '') return 'value';
  return /^[a-z]/.test(words) ? words.slice(0, 90) : `c${words}`.slice(0, 90);
}

function distinct(name: string, names: Set<string>): string {
  let found = name;
  for (let number = 2; names.has(found); number += 1) found = `${name}_${number}`;
  names.add(found);
  return found;
}
