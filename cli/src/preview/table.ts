/** Cells are cut shorter before a column is left out. */
const CELL_WIDTHS = [32, 24, 18, 14];
const GAP = 2;

export interface Table {
  lines: string[];
  /** Headings of the columns that did not fit. */
  left: string[];
}

/** Rows under headings, as many columns as fit into a line, each cell cut; columns of numbers to the right. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  width = Infinity,
): Table {
  const cuts = CELL_WIDTHS.map((most) => cutTo(headings, rows, most));
  const { shown, widths } =
    cuts.find((each) => columnsWithin(each.widths, width) === headings.length) ?? (cuts.at(-1) as Cut);
  const fitting = columnsWithin(widths, width);
  const right = headings.map(
    (_, at) => rows.length > 0 && rows.every((row) => /^([-+]?[\d.,]*%?|∅)$/.test(row[at] ?? '')),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .slice(0, fitting)
      .map((cell, at) => {
        const blanks = ' '.repeat(Math.max(0, (widths[at] ?? 0) - [...cell].length));
        return right[at] === true ? blanks + cell : cell + blanks;
      })
      .join(' '.repeat(GAP))
      .trimEnd();
  return { lines: [line(headings), ...shown.map(line)], left: headings.slice(fitting) };
}

function columnsWithin(widths: readonly number[], width: number): number {
  let used = -GAP;
  const last = widths.findIndex((each) => (used += each + GAP) > width);
  return last < 0 ? widths.length : Math.max(1, last);
}

interface Cut {
  shown: string[][];
  widths: number[];
}

function cutTo(headings: readonly string[], rows: readonly (readonly string[])[], most: number): Cut {
  const shown = rows.map((row) => row.map((cell) => cut(cell, most)));
  const widths = headings.map((heading, at) =>
    Math.max(heading.length, ...shown.map((row) => [...(row[at] ?? '')].length)),
  );
  return { shown, widths };
}

/** Times and numbers are cut nowhere: their last digits count. */
function cut(cell: string, most: number): string {
  const flat = cell.replaceAll(/\s+/g, ' ');
  const characters = [...flat];
  if (characters.length <= most || (characters.length <= 32 && /^[-+\d.:,TZ]+$/.test(flat))) return flat;
  return `${characters.slice(0, most - 1).join('')}…`;
}
