import {
  BodySyntaxError,
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
  const json = attempt(() => parseExactJson(text));
  if (json !== undefined) return { body: json, http: {} };
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const first = attempt(() => parseExactJson(lines[0] ?? ''));
  if (first !== undefined && lines.length > 1 && /^\s*[{[]/.test(text)) {
    const all = attempt(() => lines.map((line) => parseExactJson(line)));
    if (all !== undefined) return { body: all, http: { format: 'ndjson' } };
  }
  if (/^\s*[{[]/.test(text)) parseExactJson(text);
  return readDelimited(text, lines);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BodySyntaxError)) throw error;
    return undefined;
  }
}

const DELIMITERS = [',', ';', '\t', '|'];

/** The delimiter that cuts most lines into equally many cells; the header is the first of those lines. */
function readDelimited(text: string, lines: readonly string[]): UnknownBody {
  const sample = lines.slice(0, 200);
  const counts = DELIMITERS.map((delimiter) => {
    const cells = sample.map((line) => line.split(delimiter).length);
    const most = mode(cells.filter((count) => count > 1));
    return { delimiter, most, score: cells.filter((count) => count === most).length * Math.min(most, 3) };
  }).sort((a, b) => b.score - a.score);
  const [best] = counts;
  if (best === undefined || best.most < 2)
    throw new CliError(
      'FormatUnknown',
      'the answer is neither JSON nor XML nor CSV',
      'look at it: ' + JSON.stringify(text.slice(0, 80)),
    );
  const comment = /^[#%]/.test(sample[0] ?? '') ? (sample[0] ?? '').charAt(0) : undefined;
  const content = comment === undefined ? sample : sample.filter((line) => !line.startsWith(comment));
  const headerAt = content.findIndex((line) => line.split(best.delimiter).length === best.most);
  const start = content[headerAt]
    ?.split(best.delimiter)[0]
    ?.trim()
    .replaceAll('"', '')
    .replace(/^\uFEFF/, '');
  const csv = {
    ...(best.delimiter === ',' ? {} : { delimiter: best.delimiter }),
    ...(comment === undefined ? {} : { comment }),
    ...(headerAt > 0 && start !== undefined && start !== '' ? { headerStarts: start } : {}),
  };
  return {
    body: parseDelimited(text, csv),
    http: { format: 'csv', ...(Object.keys(csv).length === 0 ? {} : { csv }) },
  };
}

function mode(counts: readonly number[]): number {
  const groups = [...Map.groupBy(counts, (count) => count)].sort(([, a], [, b]) => b.length - a.length);
  return groups[0]?.[0] ?? 0;
}
