import type { Problem } from '@tributary/api';
import { widthOf, type Terminal } from '../output/terminal.ts';
import type { FeedInFile } from './read-feed.ts';
import { wrap } from './wrap.ts';

const INDENT = 4;

/** A problem as a compiler tells it: what, where with the line itself, and what to do. */
export function showProblem(
  feed: FeedInFile,
  problem: Problem,
  print: (text: string) => void,
  terminal: Terminal,
): void {
  const { red, bold, dim, green } = terminal.colours;
  const width = widthOf(terminal);
  const { line, column } = feed.placeOf(problem.field);
  const told = `${problem.field}: ${problem.message}`;
  print(`${red('wrong')} ${bold(`${feed.file}:${line}:${column}`)} ${dim(`(${problem.code})`)}`);
  for (const part of wrap(told.split(' '), ' ', width - INDENT)) print(`${' '.repeat(INDENT)}${part}`);
  for (const excerpt of excerptOf(feed, line, column, width)) print(dim(excerpt));
  const [first = '', ...more] = wrap(problem.remedy.split(' '), ' ', width - INDENT - 2);
  print(`${' '.repeat(INDENT)}${green('→')} ${first}`);
  for (const part of more) print(`${' '.repeat(INDENT + 2)}${part}`);
}

/** The line of the file, and a mark below where the field begins. */
function excerptOf({ lines }: FeedInFile, line: number, column: number, width: number): string[] {
  const text = lines[line - 1];
  if (text === undefined || text.trim() === '') return [];
  const number = String(line).padStart(INDENT + 2);
  const room = width - number.length - 3;
  // What comes long before the field is left out, so that the mark is seen.
  const from = column > room - 10 ? column - 20 : 0;
  const cut =
    (from > 0 ? '…' : '') + text.slice(from, from + room - 2) + (text.length > from + room - 2 ? '…' : '');
  const mark = ' '.repeat(column - 1 - from + (from > 0 ? 1 : 0));
  return [`${number} │ ${cut}`, `${' '.repeat(number.length)} │ ${mark}^`];
}
