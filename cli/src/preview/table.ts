const WIDEST_CELL = 32;

/** Rows under headings, each cell cut to what a terminal can show; columns of numbers to the right. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const shown = rows.map((row) => row.map(cut));
  const widths = headings.map((heading, at) =>
    Math.max(heading.length, ...shown.map((row) => [...(row[at] ?? '')].length)),
  );
  const right = headings.map(
    (_, at) => rows.length > 0 && rows.every((row) => /^[-+]?[\d.,]*%?$/.test(row[at] ?? '')),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => {
        const blanks = ' '.repeat(Math.max(0, (widths[at] ?? 0) - [...cell].length));
        return right[at] === true ? blanks + cell : cell + blanks;
      })
      .join('  ')
      .trimEnd();
  return [line(headings), ...shown.map(line)];
}

function cut(cell: string): string {
  const flat = cell.replaceAll(/\s+/g, ' ');
  const characters = [...flat];
  return characters.length > WIDEST_CELL ? `${characters.slice(0, WIDEST_CELL - 1).join('')}…` : flat;
}
