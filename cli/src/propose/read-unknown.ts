import {
  BodySyntaxError,
  cellText,
  compileBodyReader,
  delimitedRows,
  isObject,
  looksLike,
  membersOf,
  parseDelimited,
  parseExactJson,
  parseXml,
  type ExactJson,
} from '@tributary/producer';
import { CliError } from '../output/cli-error.ts';

/** A body whose format has been found out, with what `source.http` must say to read it so. */
export interface UnknownBody {
  body: ExactJson;
  http: Record<string, unknown>;
  /** Leaves out what is no record, such as a line of units. */
  records?: string;
}

/** Finds out whether a body is JSON, NDJSON, XML or CSV, and of CSV the dialect. */
export function readUnknown(text: string): UnknownBody {
  if (text.trim() === '')
    throw new CliError('EmptyBody', 'the answer is empty', 'ask for something that has data');
  if (/^\s*</.test(text)) {
    if (/^\s*<(?:!doctype html|html)/i.test(text))
      throw new CliError(
        'PageInstead',
        'the answer is a page for people, not data',
        'find the URL of the API behind it',
      );
    return { body: parseXml(text, {}), http: { format: 'xml' } };
  }
  const json = attempt(() => compileBodyReader({})(text).value);
  if (json !== undefined) return { body: json, http: {} };
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const first = attempt(() => parseExactJson(lines[0] ?? ''));
  if (first !== undefined && lines.length > 1 && /^\s*[{[]/.test(text)) {
    const all = attempt(() => lines.map((line) => parseExactJson(line)));
    if (all !== undefined) return { body: all, http: { format: 'ndjson' } };
  }
  if (/^\s*[{[]/.test(text)) parseExactJson(text);
  if (isEventStream(lines)) return { body: text, http: { format: 'text' }, records: OF_EVENTS };
  return readDelimited(text, lines);
}

/** Server-sent events, each of JSON in one line. */
const OF_EVENTS = "lines(@)[].capture(@, '^data: ?(.*)$')[].parse_json(@)";

function isEventStream(lines: readonly string[]): boolean {
  const data = lines.filter((line) => /^data: ?[{[]/.test(line));
  if (data.length === 0 || !lines.every((line) => /^(data|event|id|retry)?:/.test(line))) return false;
  return attempt(() => data.map((line) => parseExactJson(line.slice(5)))) !== undefined;
}

/** InfluxDB's lines above a header, which begin with the mark of a comment and hold as many cells. */
const ANNOTATION = /^#(datatype|group|default)\b/;

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BodySyntaxError)) throw error;
    return undefined;
  }
}

const DELIMITERS = [',', ';', '\t', '|', ' '];

/** The delimiter that cuts most lines into equally many cells; the header is the line above the first with numbers. */
function readDelimited(text: string, lines: readonly string[]): UnknownBody {
  const sample = lines.slice(0, 200).join('\n');
  const [best] = DELIMITERS.map((delimiter) => {
    const escape = escapeIn(sample, delimiter);
    const rows = [...delimitedRows(sample, { delimiter, escape })];
    const widths = rows.map(({ length }) => length).filter((width) => width > 1);
    const width = mode(widths);
    const alike = widths.filter((each) => each === width).length;
    // Words of a text are no cells.
    const enough = delimiter !== ' ' || (width > 2 && alike > rows.length * 0.7);
    return { delimiter, escape, width, rows, score: enough ? alike * Math.min(width, 3) : 0 };
  }).sort((a, b) => b.score - a.score);
  if (best === undefined || best.width < 2 || best.score === 0)
    throw new CliError(
      'FormatUnknown',
      'the answer is neither JSON nor XML nor CSV',
      `look at it: ${JSON.stringify(text.slice(0, 80))}; what no format describes is read with format: text`,
    );
  const marked = /^[#%]/.exec(lines[0] ?? '')?.[0];
  // Names behind the mark of a comment, above cells, are a header all the same.
  const named =
    marked !== undefined && best.rows[0]?.length === best.width && !ANNOTATION.test(lines[0] ?? '');
  const comment = named ? undefined : (longerMark(lines[0] ?? '', best) ?? marked);
  const content = best.rows.filter(([first = '']) => comment === undefined || !first.startsWith(comment));
  const widths = content.findIndex(isWidths);
  const rows = content.filter((_, line) => line !== widths);
  const csv = {
    ...(best.delimiter === ',' ? {} : { delimiter: best.delimiter }),
    ...(best.escape === undefined ? {} : { escape: best.escape }),
    ...(comment === undefined ? {} : { comment }),
    ...(named ? { headerStarts: nameIn(best.rows[0]?.[0] ?? '') } : headerOf(rows, best.width)),
  };
  const body = parseDelimited(text, csv);
  const unitsBelow = (named && best.rows[1]?.[0]?.startsWith(marked) === true) || widths > 0;
  const records = unitsBelow ? '[1:]' : withoutFooters(body);
  return {
    body,
    http: { format: 'csv', ...(Object.keys(csv).length === 0 ? {} : { csv }) },
    ...(records === undefined ? {} : { records }),
  };
}

const FEWEST_ABOVE_FOOTERS = 2;

/** Sums and sources below the rows: what begins with no date, behind rows that all do. */
function withoutFooters(rows: readonly ExactJson[]): string | undefined {
  const [first] = rows;
  const [name] = isObject(first) ? (membersOf(first)[0] ?? []) : [];
  if (name === undefined) return undefined;
  const begins = rows.map((row) => (isObject(row) ? (cellText(row[name] ?? null) ?? '') : ''));
  const times = begins.findIndex((cell) => looksLike([cell])?.isTime !== true || !/^\d/.test(cell));
  const footers = begins.slice(times);
  const only =
    times >= FEWEST_ABOVE_FOOTERS && footers.length <= times && footers.every((cell) => !/^\d/.test(cell));
  const member = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
  return only ? `[?matches(${member}, '^\\d')]` : undefined;
}

/** `##` where a line behind it names the cells and begins with a single one. */
function longerMark(
  first: string,
  { rows, width }: { rows: readonly string[][]; width: number },
): string | undefined {
  const [mark = ''] = /^(#{2,4}|%{2,4})/.exec(first) ?? [];
  const names = rows.some(
    ([cell = '', ...rest]) => rest.length + 1 === width && cell[0] === mark[0] && !cell.startsWith(mark),
  );
  return mark !== '' && names ? mark : undefined;
}

/** A backslash before a quote that goes on within its cell: without an escape the quote would have ended it. */
function escapeIn(text: string, delimiter: string): string | undefined {
  const mark = RegExp.escape(delimiter);
  return new RegExp(`(?:^|${mark})"[^"\\r\\n]*\\\\"(?!\\s*(?:${mark}|\\r?\\n|"|$))`, 'm').test(text)
    ? '\\'
    : undefined;
}

/** The line above the first one that holds numbers; nothing where that is the first line, or where lines hold none. */
function headerOf(
  lines: readonly string[][],
  width: number,
): { headerStarts?: string; headerLines?: number; header?: false } {
  const wide = lines.flatMap((cells, line) => (cells.length >= Math.max(2, width / 2) ? [line] : []));
  const data = wide.find((line) => isData(lines[line] ?? []));
  if (data === 0) return { header: false };
  const above =
    data === undefined ? undefined : wide.filter((line) => line < data && isHeader(lines[line] ?? [])).at(-1);
  const header = above ?? lines.findIndex(({ length }) => length === width);
  if (header === 1 && data === 2 && areNamesAndUnits(lines.slice(0, 2), width)) return { headerLines: 2 };
  const start = nameIn(lines[header]?.[0] ?? '');
  const unique = lines.filter((cells) => nameIn(cells[0] ?? '') === start).length === 1;
  const written = lines[header]?.join('\n');
  // A header that is written again is one of blocks, not a row.
  const again = lines.some((cells, line) => line > header && cells.join('\n') === written);
  return (header > 0 && (start !== '' || unique)) || again ? { headerStarts: start } : {};
}

/** Two lines that fill their width, the second with what units look like. */
function areNamesAndUnits([names = [], units = []]: readonly string[][], width: number): boolean {
  const full = [names, units].every(
    (cells) => cells.length === width && cells.every((cell) => cell.trim() !== ''),
  );
  const signs = units.filter((cell) =>
    /[°%/²³]|^(?:[a-z]{1,3}|[A-Z]{3}|deg\.?|[kM]?W h?)$/.test(cell.trim()),
  ).length;
  return full && signs > width / 2;
}

/** RDB's line below the header: `5s 15s 20d 14n`, of texts, dates and numbers. */
function isWidths(cells: readonly string[], line: number): boolean {
  return line > 0 && cells.length > 1 && cells.every((cell) => /^\d+[sdn]$/i.test(cell.trim()));
}

function isData(cells: readonly string[]): boolean {
  const [first = '', ...rest] = cells.map(nameIn);
  const given = rest.filter((cell) => cell !== '');
  if (isNumberOrTime(first)) return given.some(isNumberOrTime);
  // Dates behind a word, such as those of publication over every column, describe what comes below.
  const numbers = given.filter((cell) => isNumberOrTime(cell) && looksLike([cell])?.isTime !== true);
  return given.length > 0 && numbers.length > given.length / 2 && !numbers.every(isYear);
}

/** Names hold neither numbers nor times, unless they are dates or years themselves. */
function isHeader(cells: readonly string[]): boolean {
  const values = cells.map(nameIn).filter(isNumberOrTime);
  return values.length === 0 || (values.length > 3 && new Set(values).size === values.length);
}

function isNumberOrTime(cell: string): boolean {
  return /^[-+(]?[$€£]?\d[\d.,' ]*[%)]?$/.test(cell) || looksLike([cell])?.isTime === true;
}

function isYear(cell: string): boolean {
  return /^(19|20)\d{2}$/.test(cell);
}

function nameIn(cell: string): string {
  return cell
    .trim()
    .replaceAll('"', '')
    .replace(/^\uFEFF/, '');
}

function mode(counts: readonly number[]): number {
  const groups = [...Map.groupBy(counts, (count) => count)].sort(([, a], [, b]) => b.length - a.length);
  return groups[0]?.[0] ?? 0;
}
