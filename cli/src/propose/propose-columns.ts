import { cellText, isObject, membersOf, type ExactJson } from '@tributary/producer';
import { composedTime } from './date-parts.ts';
import { fieldOf, fieldsOf, TIME_NAMES, type Field } from './field.ts';

/** A column as a user would write it. */
export interface ProposedColumn {
  name: string;
  path?: string;
  role?: 'key' | 'time' | 'measure';
  type?: string;
  format?: string;
  number?: object;
  nulls?: readonly string[];
  zoneFrom?: string;
}

const MOST_COLUMNS = 24;
const MOST_RECORDS = 500;
const KEY_NAMES =
  /^(id|.*_id|.*id|key|code|symbol|ticker|currency|series|seriesid|isin|uuid|guid|sku|name|.*code|.*identifier|.*_ref|station|site)$/i;

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
  const words = missingWords(fields);
  const keys = keysOf(
    fields.filter(({ texts }) => !texts.some((text) => words.has(text))),
    time,
    sample.length,
  );
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
      ...ownNulls(field, words),
      ...(role === 'time' && field.look?.format !== undefined ? { format: field.look.format } : {}),
      ...(role === 'time' && zone !== undefined ? { zoneFrom: zone.path } : {}),
    };
  });
  const identifying = [...(time === undefined ? [] : [time]), ...keys];
  return {
    columns,
    distinct: isDistinct(identifying, sample.length),
    nulls: [...words].sort(),
  };
}

/** Words that are missing values wherever they stand: signs, and what no other column has for a code, as `M` may be one. */
function missingWords(fields: readonly Field[]): ReadonlySet<string> {
  const isNoCode = (word: string): boolean =>
    !/[A-Za-z0-9]/.test(word) ||
    fields.every((field) => field.missing.includes(word) || !field.texts.includes(word));
  return new Set(fields.flatMap(({ missing }) => missing.filter(isNoCode)));
}

function ownNulls({ missing }: Field, words: ReadonlySet<string>): { nulls?: readonly string[] } {
  const own = missing.filter((word) => !words.has(word));
  return own.length === 0 ? {} : { nulls: own };
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
    !/(^|_)id$|identifier$|(^|_)ref$|code$|zip|year/i.test(name)
  );
}

function distinct(name: string, names: Set<string>): string {
  let found = name;
  for (let number = 2; names.has(found); number += 1) found = `${name}_${number}`;
  names.add(found);
  return found;
}
