import { BodySyntaxError, type ExactJson, type ExactObject } from '../exact-json.ts';
import { distinctNames } from '../expression/reshape.ts';
import { rememberOrder, setMember } from '../member-order.ts';
import { delimitedRows } from './delimited-rows.ts';
import type { Dialect } from './dialect.ts';

/**
 * Records of a CSV or TSV body, cells as text. Lines without any content are left out; cells beyond the header are kept
 * as `c<number>`; cells that a short line lacks are absent.
 */
export function parseDelimited(text: string, dialect: Dialect): ExactJson[] {
  const { header = true, headerStarts, names, trim = false } = dialect;
  const records: ExactJson[] = [];
  let naming: readonly string[] | undefined = header ? undefined : distinctNames(names ?? []);
  for (const cells of delimitedRows(text, dialect)) {
    if (cells.every((cell) => cell.trim() === '')) continue;
    if (headerStarts !== undefined && cells[0]?.trim() === headerStarts) naming = undefined;
    else if (headerStarts !== undefined && naming === undefined) continue;
    if (naming === undefined) naming = distinctNames(names ?? headerNames(cells));
    else records.push(recordOf(cells, naming, trim));
  }
  if (headerStarts !== undefined && naming === undefined)
    throw new BodySyntaxError(
      `no line of the body begins with the cell ${JSON.stringify(headerStarts)} (csv.headerStarts)`,
    );
  return records;
}

/** Trailing cells without a name are none: spreadsheets write commas to the widest line. */
function headerNames(cells: readonly string[]): string[] {
  const names = cells.map((cell) => cell.trim());
  while (names.at(-1) === '') names.pop();
  return names;
}

function recordOf(cells: readonly string[], names: readonly string[], trim: boolean): ExactObject {
  const record: ExactObject = {};
  let indexLike = false;
  for (const [at, cell] of cells.entries()) {
    const name = names[at];
    if (name === undefined && cell.trim() === '') continue;
    setMember(record, name ?? `c${at}`, trim ? cell.trim() : cell);
    indexLike ||= name !== undefined && /^\d+$/.test(name);
  }
  if (indexLike)
    rememberOrder(
      record,
      cells.flatMap((cell, at) => names[at] ?? (cell.trim() === '' ? [] : [`c${at}`])),
    );
  return record;
}
