import type { Dialect } from './dialect.ts';

/**
 * Lines of cells (RFC 4180, read leniently: a quote within an unquoted cell is a character, text after a closing quote is
 * kept, the last line may lack its end).
 */
export function* delimitedRows(
  text: string,
  { delimiter = ',', quote = '"', escape = '', skipLines = 0, comment, trim = false }: Dialect,
): Generator<string[]> {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (let line = 0; line < skipLines && at < text.length; line += 1) at = afterLine(text, at);
  const runs = delimiter === ' ';
  // A doubled quote is one quote in any case.
  const marks = { delimiter, quote, escape: escape === quote ? '' : escape };
  while (at < text.length) {
    if (comment !== undefined && text.startsWith(comment, at)) {
      at = afterLine(text, at);
      continue;
    }
    const cells: string[] = [];
    for (;;) {
      if (runs) while (text[at] === ' ' || text[at] === '\t') at += 1;
      if (runs && (at >= text.length || isLineEnd(text, at))) break;
      // Blanks before a quote are none of the cell's where blanks are trimmed: `1, "x, y"`.
      if (trim && quote !== '') at = quoteAfterBlanks(text, at, quote);
      const cell =
        quote !== '' && text.startsWith(quote, at) ? quoted(text, at, marks) : plain(text, at, marks);
      cells.push(cell.text);
      at = cell.end;
      if (at >= text.length || isLineEnd(text, at)) break;
      at += delimiter.length;
    }
    at = afterLine(text, at);
    yield cells;
  }
}

function quoteAfterBlanks(text: string, from: number, quote: string): number {
  let at = from;
  while (text[at] === ' ') at += 1;
  return text.startsWith(quote, at) ? at : from;
}

/** Characters that mean something; the last two may be empty. */
interface Marks {
  delimiter: string;
  quote: string;
  escape: string;
}

interface Cell {
  text: string;
  /** Where the delimiter or the end of the line is. */
  end: number;
}

function plain(text: string, from: number, marks: Marks): Cell {
  const { delimiter, escape } = marks;
  if (escape !== '') return plainEscaped(text, from, marks);
  const separator = delimiter.charCodeAt(0);
  const single = delimiter.length === 1;
  let at = from;
  for (; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (char === 0x0a || char === 0x0d) break;
    if (char === separator && (single || text.startsWith(delimiter, at))) break;
  }
  return { text: text.slice(from, at), end: at };
}

function plainEscaped(text: string, from: number, marks: Marks): Cell {
  const { delimiter, escape } = marks;
  let content = '';
  let at = from;
  while (at < text.length && !isLineEnd(text, at) && !text.startsWith(delimiter, at)) {
    if (text[at] === escape && isEscapable(text, at + 1, marks)) {
      // The end of a line may be two characters.
      const length = text.startsWith('\r\n', at + 1) ? 2 : 1;
      content += text.slice(at + 1, at + 1 + length);
      at += 1 + length;
    } else {
      content += text[at] ?? '';
      at += 1;
    }
  }
  return { text: content, end: at };
}

/** Behind an escape a mark of the dialect is a character; before anything else the escape is one itself (`C:\temp`, `\N`). */
function isEscapable(text: string, at: number, { delimiter, quote, escape }: Marks): boolean {
  if (at >= text.length) return false;
  return (
    isLineEnd(text, at) || [delimiter, escape, quote].some((mark) => mark !== '' && text.startsWith(mark, at))
  );
}

/**
 * Reads each character once: the quote that comes next is looked for anew only when an escape has taken it. A quote that
 * nobody closes is a character, else the rest of the body would become one cell; behind it all others stand in pairs, so
 * none looks as far a second time.
 */
function quoted(text: string, from: number, marks: Marks): Cell {
  const { quote, escape } = marks;
  let content = '';
  let at = from + 1;
  let close = text.indexOf(quote, at);
  while (close >= 0) {
    const before = text.slice(at, close);
    const escaped = escape === '' ? -1 : before.indexOf(escape);
    if (escaped >= 0) {
      const mark = at + escaped + 1;
      const isMark = isEscapable(text, mark, marks);
      content += before.slice(0, escaped) + (isMark ? (text[mark] ?? '') : escape);
      at = isMark ? mark + 1 : mark;
      if (close < at) close = text.indexOf(quote, at);
      continue;
    }
    content += before;
    at = close + 1;
    if (!text.startsWith(quote, at)) {
      const rest = plain(text, at, marks);
      return { text: content + rest.text, end: rest.end };
    }
    content += quote;
    at += 1;
    close = text.indexOf(quote, at);
  }
  return plain(text, from, marks);
}

function isLineEnd(text: string, at: number): boolean {
  const char = text.charCodeAt(at);
  return char === 0x0a || char === 0x0d;
}

function afterLine(text: string, from: number): number {
  let at = from;
  while (at < text.length && !isLineEnd(text, at)) at += 1;
  return text[at] === '\r' && text[at + 1] === '\n' ? at + 2 : at + 1;
}
