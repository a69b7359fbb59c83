/** A cell of a data set as JSON, digit by digit; `NA` stands for a missing value. */
export function jsonText(cell: string, isText: boolean): string {
  if (cell === 'NA' || cell === '') return 'null';
  return isText ? JSON.stringify(cell) : cell;
}
