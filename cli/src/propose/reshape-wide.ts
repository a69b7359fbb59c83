import { cellText, isObject, looksLike, membersOf, type ExactJson } from '@tributary/producer';
import { isMissingWord } from './missing-words.ts';
import { evaluate, type RecordsFound } from './find-records.ts';

const FEWEST_WIDE = 4;

/** What is written once for several rows is filled down; a column a date, a year or a code becomes a record each. */
export function reshapeWide(found: RecordsFound, body: ExactJson): RecordsFound {
  const filled = fillDown(found, body);
  return unpivot(filled, body);
}

function fillDown(found: RecordsFound, body: ExactJson): RecordsFound {
  const rows = found.records.slice(0, 500);
  const names = namesOf(rows);
  const blank = names.slice(0, 3).filter((name) => {
    const cells = rows.map((row) => (isObject(row) ? (row[name] ?? null) : null));
    const empty = cells.filter((cell) => cell === '' || cell === null).length;
    return cells[0] !== '' && cells[0] !== null && empty > rows.length / 3;
  });
  // Only what stands before the rest, as people write tables.
  const leading = blank.filter((name, at) => names[at] === name);
  return leading.length === 0
    ? found
    : wrapped(found, body, (records) => `fill_down(${records}, ${list(leading)})`);
}

function unpivot(found: RecordsFound, body: ExactJson): RecordsFound {
  const names = namesOf(found.records.slice(0, 50));
  const times = names.filter((name) => looksLike([name])?.isTime === true || /^(19|20)\d{2}$/.test(name));
  const numbers = names.filter((name) => holdsNumbers(found.records, name));
  const codes = numbers.filter((name) => !/[a-z]{2}/.test(name) || /\s/.test(name));
  const wide = times.length >= FEWEST_WIDE ? times : codes.length >= FEWEST_WIDE * 2 ? codes : [];
  const kept = names.filter((name) => !wide.includes(name));
  if (wide.length === 0 || kept.length > 12) return found;
  const [name, value] = [wide === times ? 'date' : 'series', 'value'].map((each) =>
    kept.includes(each) ? `${each}_` : each,
  );
  const long = wrapped(
    found,
    body,
    (records) => `unpivot(${records}, ${list(kept)}, '${name}', '${value}')[?${value}]`,
  );
  return long.records.length > 0 ? long : found;
}

function namesOf(rows: readonly ExactJson[]): string[] {
  return [...new Set(rows.flatMap((row) => (isObject(row) ? membersOf(row).map(([name]) => name) : [])))];
}

/** Or objects of one number, as some write observations. */
function holdsNumbers(records: readonly ExactJson[], name: string): boolean {
  const texts = records.slice(0, 2_000).flatMap((record) => {
    const cell = isObject(record) ? (record[name] ?? null) : null;
    const inner = isObject(cell) && membersOf(cell).length === 1 ? (membersOf(cell)[0]?.[1] ?? null) : cell;
    const text = cellText(inner);
    return text === null || text === '' || isMissingWord(text) ? [] : [text];
  });
  const look = looksLike(texts);
  return look !== undefined && !look.isTime && /^(long|double|decimal)/.test(look.type);
}

function wrapped(
  { expression = '@' }: RecordsFound,
  body: ExactJson,
  wrap: (records: string) => string,
): RecordsFound {
  const longer = wrap(expression);
  return { expression: longer, records: evaluate(longer, body) };
}

function list(names: readonly string[]): string {
  const quoted = names.map((name) => `'${name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`);
  return quoted.length === 1 ? (quoted[0] ?? '') : `[${quoted.join(', ')}]`;
}
