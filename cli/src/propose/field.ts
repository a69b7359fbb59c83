import {
  cellText,
  isObject,
  looksLike,
  membersOf,
  numberWriting,
  type ExactJson,
  type LooksLike,
} from '@tributary/producer';
import { isMissingWord } from './missing-words.ts';

/** A scalar of the records, and what its values look like. */
export interface Field {
  path: string;
  name: string;
  texts: string[];
  look: LooksLike | undefined;
  /** Of numbers that a cast could not read. */
  writing: object | undefined;
  /** Words for a missing value that it holds. */
  missing: readonly string[];
}

export const TIME_NAMES =
  /^(time|date|ts|timestamp|datetime|period|day|month|.*(_at|date|time|_on|updated|refreshed)|time.*|date.*)$/i;

/** The scalars of records that have a value anywhere, in their order. */
export function fieldsOf(records: readonly ExactJson[]): Field[] {
  const texts = new Map<string, string[]>();
  for (const record of records) {
    for (const [path, value] of scalars(record, '', 0)) {
      const known = texts.get(path) ?? [];
      if (value !== null) known.push(value);
      texts.set(path, known);
    }
  }
  // What has no value in any record says nothing of itself; it is kept undeclared.
  return [...texts].flatMap(([path, given]) =>
    given.length === 0 ? [] : [durationOf(path, given) ?? fieldOf(path, given)],
  );
}

const ISO_DURATION = /^-?P(?!$)(\d+[WD])*(T(\d+(\.\d+)?[HMS])+)?$/;

/** Durations that differ are measured in seconds. */
function durationOf(path: string, texts: string[]): Field | undefined {
  const measured = new Set(texts).size > 1 && texts.every((text) => ISO_DURATION.test(text));
  if (!measured || !/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(path)) return undefined;
  const look = { type: 'double', isTime: false };
  return { path: `to_seconds(${path})`, name: nameOf(path), texts, look, writing: undefined, missing: [] };
}

export function fieldOf(path: string, texts: string[]): Field {
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
