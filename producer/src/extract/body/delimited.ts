import { BodySyntaxError, type ExactJson, type ExactObject } from '../exact-json.ts';
import { distinctNames } from '../expression/reshape.ts';
import { beginsWithDigit, rememberOrder, setMember } from '../member-order.ts';
import { delimitedRows } from './delimited-rows.ts';
import type { Dialect } from './dialect.ts';

/**
 * Records of a CSV or TSV body, cells as text. Lines without any content are left out; cells beyond the header are kept
 * as `c<number>`; cells that a short line lacks are absent.
 */
export function parseDelimited(text: string, dialect: Dialect): ExactJson[] {
  const { header = true, headerStarts, headerLines = 1, names, trim = false } = dialect;
  const records: ExactJson[] = [];
  let naming: readonly string[] | undefined = header ? undefined : distinctNames(names ?? []);
  let heading: string[][] = [];
  let first: readonly string[] | undefined;
  let before: readonly string[] = [];
  for (const cells of delimitedRows(text, dialect)) {
    const above = before;
    before = cells;
    if (isBlank(cells)) continue;
    if (headerStarts !== undefined && heading.length === 0) {
      const begins = cells[0]?.trim() === headerStarts;
      if (begins && (headerStarts !== '' || first === undefined || isHeader(cells, first, above))) {
        naming = undefined;
        first = cells;
      } else if (naming === undefined) continue;
    }
    if (naming === undefined) {
      heading.push(cells);
      if (heading.length < headerLines) continue;
      naming = distinctNames(names ?? headerNames(heading));
      if (records.length === 0) assertHeader(heading, text, dialect);
      heading = [];
    } else records.push(recordOf(cells, naming, trim));
  }
  if (headerStarts !== undefined && naming === undefined)
    throw new BodySyntaxError(
      `no line of the body begins with the cell ${JSON.stringify(headerStarts)} (csv.headerStarts)`,
    );
  return records;
}

/**
 * Rows of data may lack their first cell, so an empty one alone begins no block: the line must repeat a name of the first
 * header in its place, or stand below a blank line or a title and hold no number.
 */
function isHeader(cells: readonly string[], first: readonly string[], above: readonly string[]): boolean {
  const given = cells.map((cell) => cell.trim());
  if (given.some((cell, at) => cell !== '' && cell === first[at]?.trim())) return true;
  const apart = above.filter((cell) => cell.trim() !== '').length <= 1;
  return apart && !given.some((cell) => /^[-+(]?[.,]?\d/.test(cell));
}

function isBlank(cells: readonly string[]): boolean {
  for (let at = 0; at < cells.length; at += 1) if ((cells[at] as string).trim() !== '') return false;
  return true;
}

/** Trailing cells without a name are none: spreadsheets write commas to the widest line. */
function headerNames(lines: readonly string[][]): string[] {
  const names = nameCells(lines);
  while (names.at(-1) === '') names.pop();
  return names;
}

/** Names of several lines are joined by a blank; in all but the last a blank cell belongs to the name to its left. */
function nameCells(lines: readonly string[][]): string[] {
  const width = lines.reduce((widest, { length }) => Math.max(widest, length), 0);
  const filled = lines.map((cells, line) => {
    let last = '';
    return Array.from({ length: width }, (_, at) => {
      const cell = cells[at]?.trim() ?? '';
      if (cell !== '') last = cell;
      return line === lines.length - 1 ? cell : last;
    });
  });
  return Array.from({ length: width }, (_, at) =>
    filled
      .map((cells) => cells[at] ?? '')
      .filter((name) => name !== '')
      .join(' '),
  );
}

/** One line of prose is what a service says instead of rows: taken for a header it would be an answer without records. */
function assertHeader([first = []]: readonly string[][], text: string, { names }: Dialect): void {
  const only = first.length === 1 && names === undefined ? (first[0]?.trim() ?? '') : '';
  if (/\S\s+\S/.test(only) && text.trim().length <= only.length + 2)
    throw new BodySyntaxError(`the body is a text and not CSV: ${JSON.stringify(only.slice(0, 200))}`);
}

function recordOf(cells: readonly string[], names: readonly string[], trim: boolean): ExactObject {
  const record: ExactObject = {};
  let indexLike = false;
  for (let at = 0; at < cells.length; at += 1) {
    const cell = cells[at] as string;
    const name = names[at];
    if (name === undefined && cell.trim() === '') continue;
    setMember(record, name ?? `c${at}`, trim ? cell.trim() : cell);
    indexLike ||= name !== undefined && beginsWithDigit(name);
  }
  if (indexLike)
    rememberOrder(
      record,
      cells.flatMap((cell, at) => names[at] ?? (cell.trim() === '' ? [] : [`c${at}`])),
    );
  return record;
}
