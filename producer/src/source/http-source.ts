import { durationMs, type Column, type HttpSource } from '@tributary/api';
import type { SecretFolder } from '@tributary/runtime';
import { compileBodyReader, type ReadBody } from '../extract/body/parse-body.ts';
import { CellReader } from '../extract/cell-reader.ts';
import { digest } from '../extract/digest.ts';
import type { ExactJson } from '../extract/exact-json.ts';
import { FlatScanner } from '../extract/flat/scan-flat.ts';
import { plainMember } from '../extract/member-path.ts';
import { compileCounter, compileSelector } from '../extract/selector.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { compileAuthentication } from './authentication.ts';
import { compileErrorRules } from './error-rules.ts';
import type { FeedSource } from './feed-source.ts';
import { HttpRequests } from './http-request.ts';
import { compilePager } from './pagination.ts';
import { variablesOf } from './request-template.ts';
import { WindowPlan } from './window-plan.ts';

const NO_CONTENT = 204;
/** A longer token is none: it goes into every checkpoint, and those must fit into a record. */
const LONGEST_TOKEN = 8_192;

export function compileHttp(
  source: HttpSource,
  secrets: SecretFolder,
  columns: readonly Column[],
): FeedSource {
  const select = compileSelector(source.records);
  const itemsOf = compileCounter(source.records);
  const pager = compilePager(source.pagination, source.auth?.apiKey?.query);
  const rules = compileErrorRules(source.errors);
  const parse = compileBodyReader(source);
  const authentication = compileAuthentication(source.auth, secrets);
  const cursorColumn = columns.find(({ name }) => name === source.cursor?.column);
  const scanner = flatScannerFor(source, columns);
  const requests = new HttpRequests(source, { pager, authentication, cursorColumn });
  const windowed = variablesOf(JSON.stringify(source.request)).some((name) => name.startsWith('window.'));
  return {
    limits: source.limits,
    allowPrivate: source.allowPrivate,
    timeoutMs: durationMs(source.timeout),
    maxPages: source.pagination?.maxPages ?? 1,
    requestName: requestName(source),
    nulls: source.nulls,
    cursorColumn: source.cursor?.column,
    // A window moves on with each answer: one that is not sent would leave it where it was.
    conditional: source.pagination === undefined && !windowed && source.request.method === 'GET',
    windows: windowed ? new WindowPlan(source) : undefined,
    request: (page, context) => requests.make(page, context),
    refused: () => authentication.refused(),
    explain: (refusal) => {
      if (refusal.answer === undefined) return refusal;
      const { status, body: text } = refusal.answer;
      const verdict = rules({ status, text, body: () => parse(text).value });
      if (verdict === 'Skip') return { records: [] };
      return verdict === undefined ? refusal : new UpstreamError(verdict.code, verdict.message, refusal);
    },
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

function requestName({ request, pagination }: HttpSource): string {
  const { maxPages: _maxPages, ...pages } = pagination ?? {};
  return digest(JSON.stringify([request, pages]));
}
