import type { HttpSource } from '@tributary/api';
import { BodySyntaxError, type ExactJson } from '../exact-json.ts';
import { parseExactJson } from '../parse-exact-json.ts';
import { parseDelimited } from './delimited.ts';
import type { Dialect } from './dialect.ts';
import { parseXml, type XmlOptions } from './xml.ts';

export interface BodyFormat {
  /** @default json */
  format?: HttpSource['format'];
  csv?: Dialect | undefined;
  xml?: XmlOptions | undefined;
}

/** A body, read in its format; `other` names the format where it came in another one, as errors often do. */
export interface ReadBody {
  value: ExactJson;
  other?: 'JSON' | undefined;
}

/** Reads bodies of one source. Throws a BodySyntaxError for what is in no format that it knows. */
export function compileBodyReader({ format, csv = {}, xml = {} }: BodyFormat): (text: string) => ReadBody {
  if (format === 'csv') return delimitedReader(csv);
  if (format === 'xml') return jsonInstead((text) => parseXml(text, xml));
  if (format === 'ndjson') return (text) => ({ value: linesOf(text) });
  if (format === 'text') return (text) => ({ value: text.replace(/^\ufeff/, '') });
  return (text) => ({ value: parseExactJson(unwrapped(text)) });
}

/** What some services put around JSON so that a browser runs it (JSONP, an assignment) or does not (`)]}',`). */
const WRAPPING =
  /^\s*(?:\/\*[^*]{0,200}\*\/\s*)?(?:\)\]\}'?,?|while\s*\(1\);|for\s*\(;;\);|(?:(?:var|let|const)\s+)?[A-Za-z_$][\w.$]{0,200}\s*[=(])\s*(?=[[{])/;

function unwrapped(text: string): string {
  const wrapping = WRAPPING.exec(text);
  if (wrapping === null) return text;
  const rest = text.slice(wrapping[0].length);
  return /[=(]\s*$/.test(wrapping[0]) ? withoutLast(withoutLast(rest, ';'), ')') : rest;
}

/** By hand: a pattern of optional parts among blanks that is sought from every blank takes hours for a few kilobytes. */
function withoutLast(text: string, end: ';' | ')'): string {
  const trimmed = text.trimEnd();
  return trimmed.endsWith(end) ? trimmed.slice(0, -1) : trimmed;
}

/** An answer that was to be CSV or XML may be an error in JSON, which rules can tell apart. */
function jsonInstead(parse: (text: string) => ExactJson): (text: string) => ReadBody {
  return (text) => {
    if (!/^\s*[{[]/.test(text)) return { value: parse(text) };
    try {
      return { value: parseExactJson(text), other: 'JSON' };
    } catch {
      return { value: parse(text) };
    }
  };
}

function delimitedReader(dialect: Dialect): (text: string) => ReadBody {
  return jsonInstead((text) => {
    if (/^\s*<(?:!doctype|html|\?xml)/i.test(text)) throw new BodySyntaxError('the body is a page, not CSV');
    return parseDelimited(text, dialect);
  });
}

function linesOf(text: string): ExactJson[] {
  const records: ExactJson[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    // Text sequences (RFC 7464) begin each record with a separator.
    const record = line.startsWith('\u001e') ? line.slice(1) : line;
    if (record.trim() === '') continue;
    try {
      records.push(parseExactJson(record));
    } catch (error) {
      if (!(error instanceof BodySyntaxError)) throw error;
      throw new BodySyntaxError(`line ${index + 1}: ${error.message}`, { cause: error });
    }
  }
  return records;
}
