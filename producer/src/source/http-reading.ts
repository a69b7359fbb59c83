import type { Column, HttpSource } from '@tributary/api';
import { compileBodyReader, type ReadBody } from '../extract/body/parse-body.ts';
import { CellReader } from '../extract/cell-reader.ts';
import type { ExactJson } from '../extract/exact-json.ts';
import { FlatScanner } from '../extract/flat/scan-flat.ts';
import { plainMember } from '../extract/member-path.ts';
import { compileCounter, compileSelector } from '../extract/selector.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { compileErrorRules } from './error-rules.ts';
import type { AnswerReading } from './feed-source.ts';
import { compilePager } from './pagination.ts';

const NO_CONTENT = 204;
/** A longer token is none: it goes into every checkpoint, and those must fit into a record. */
const LONGEST_TOKEN = 8_192;

/** What asking and reading have in common. */
export function compileHttpParts(source: HttpSource) {
  return {
    pager: compilePager(source.pagination, source.auth?.apiKey?.query),
    rules: compileErrorRules(source.errors),
    parse: compileBodyReader(source),
  };
}

/** What an answer of a described HTTP API holds. */
export function compileHttpReading(
  source: HttpSource,
  columns: readonly Column[],
  { pager, rules, parse } = compileHttpParts(source),
): AnswerReading {
  const select = compileSelector(source.records);
  const itemsOf = compileCounter(source.records);
  const scanner = flatScannerFor(source, columns);
  return {
    nulls: source.nulls,
    read: (answer, { token }) => {
      const { body: text, status = 200 } = answer;
      let read: ReadBody | undefined;
      const verdict = rules({ status, text, body: () => (read ??= parse(text)).value });
      if (verdict === 'Skip') return { records: [] };
      if (verdict !== undefined) throw verdict;
      if (status === NO_CONTENT) return { records: [] };
      const flat = read === undefined ? scanner?.scan(text) : undefined;
      if (flat !== undefined) {
        const next = bounded(pager.next({ token, count: flat.length, body: null, answer }));
        const body = (): ExactJson => (read ??= parse(text)).value;
        return {
          records: flat,
          get body() {
            return body();
          },
          ...(next === undefined ? {} : { next }),
        };
      }
      const { value: body, other } = read ?? parse(text);
      if (other !== undefined)
        throw new UpstreamError(
          'UpstreamShapeChanged',
          `the body is ${other} and not ${source.format}: ${JSON.stringify(body).slice(0, 200)}`,
        );
      const records = select(body);
      const count = Math.max(records.length, itemsOf(body));
      const next = bounded(pager.next({ token, count, body, answer }));
      return { records, body, ...(next === undefined ? {} : { next }) };
    },
  };
}

/**
 * For feeds whose records can be read from the text: columns are members, and neither selecting nor paging needs the tree of
 * the body.
 */
function flatScannerFor(
  { format, records, pagination }: HttpSource,
  columns: readonly Column[],
): FlatScanner | undefined {
  const needsBody = pagination?.cursor !== undefined || pagination?.nextLink !== undefined;
  const member = records === undefined ? undefined : plainMember(records);
  const selects = records === undefined || (member !== undefined && /^[A-Za-z_]\w*$/.test(records));
  const plain =
    columns.length > 0 && columns.every((column) => new CellReader(column, new Set()).member !== undefined);
  return format === 'json' && selects && plain && !needsBody ? new FlatScanner(member) : undefined;
}

function bounded(next: string | undefined): string | undefined {
  if (next !== undefined && next.length > LONGEST_TOKEN)
    throw new UpstreamError(
      'UpstreamShapeChanged',
      `what pagination finds to be the next page has ${next.length} characters; at most ${LONGEST_TOKEN} are taken`,
    );
  return next;
}
