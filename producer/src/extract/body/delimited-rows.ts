import type { Dialect } from './dialect.ts';

/**
 * Lines of cells (RFC 4180, read leniently: a quote within an unquoted cell is a character, text after a closing quote is
 * kept, the last line may lack its end).
 */
export function* delimitedRows(
  text: string,
  { delimiter = ',', quote = '"', skipLines = 0, comment, trim = false }: Dialect,
): Generator<string[]> {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (let line = 0; line < skipLines && at < text.length; line += 1) at = afterLine(text, at);
  const runs = delimiter === ' ';
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
        quote !== '' && text.startsWith(quote, at)
          ? quoted(text, at, delimiter, quote)
          : plain(text, at, delimiter);
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

interface Cell {
  text: string;
  /** Where the delimiter or the end of the line is. */
  end: number;
}

function plain(text: string, from: number, delimiter: string): Cell {
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

function quoted(text: string, from: number, delimiter: string, quote: string): Cell {
  let content = '';
  let at = from + 1;
  for (;;) {
    const close = text.indexOf(quote, at);
    // A quote that nobody closes is a character: else the rest of the body would become one cell.
    if (close < 0)
      return content === '' && at === from + 1
        ? plain(text, from, delimiter)
        : { text: content + text.slice(at), end: text.length };
    content += text.slice(at, close);
    at = close + 1;
    if (!text.startsWith(quote, at)) break;
    content += quote;
    at += 1;
  }
  const rest = plain(text, at, delimiter);
  return { text: content + rest.text, end: rest.end };
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
