/** A plain number, however signed: spreadsheets show it as it is. */
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
/** What makes a spreadsheet run a cell, also behind blanks and in its full-width forms. */
const FORMULA = /^[\s\p{Cc}\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r]/u;

/** Puts an apostrophe before what a spreadsheet would run; numbers are spared. */
export function neutraliseFormula(text: string): string {
  return FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
}
