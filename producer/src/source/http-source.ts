import { durationMs, type Column, type HttpSource } from '@tributary/api';
import type { SecretFolder } from '@tributary/runtime';
import { digest } from '../extract/digest.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { compileAuthentication } from './authentication.ts';
import type { FeedSource } from './feed-source.ts';
import { compileHttpParts, compileHttpReading } from './http-reading.ts';
import { HttpRequests } from './http-request.ts';
import { variablesOf } from './request-template.ts';
import { WindowPlan } from './window-plan.ts';

export function compileHttp(
  source: HttpSource,
  secrets: SecretFolder,
  columns: readonly Column[],
): FeedSource {
  const parts = compileHttpParts(source);
  const { pager, rules, parse } = parts;
  const authentication = compileAuthentication(source.auth, secrets);
  const cursorColumn = columns.find(({ name }) => name === source.cursor?.column);
  const requests = new HttpRequests(source, { pager, authentication, cursorColumn });
  const windowed = variablesOf(JSON.stringify(source.request)).some((name) => name.startsWith('window.'));
  return {
    ...compileHttpReading(source, columns, parts),
    limits: source.limits,
    allowPrivate: source.allowPrivate,
    timeoutMs: durationMs(source.timeout),
    maxPages: source.pagination?.maxPages ?? 1,
    requestName: requestName(source),
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
      if (verdict === 'Skip') return verdict;
      return verdict === undefined ? refusal : new UpstreamError(verdict.code, verdict.message, refusal);
    },
  };
}

function requestName({ request, pagination }: HttpSource): string {
  const { maxPages: _maxPages, ...pages } = pagination ?? {};
  return digest(JSON.stringify([request, pages]));
}
