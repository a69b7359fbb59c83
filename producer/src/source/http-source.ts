import { durationMs, type HttpSource } from '@tributary/api';
import type { SecretFolder } from '@tributary/runtime';
import { compileBodyReader } from '../extract/body/parse-body.ts';
import type { ExactJson } from '../extract/exact-json.ts';
import { isTruthy } from '../extract/expression/value.ts';
import { compileFinding, compileSelector } from '../extract/selector.ts';
import { UpstreamError, type UpstreamReason } from '../fetch/upstream-error.ts';
import { authenticate } from './credentials.ts';
import type { FeedSource } from './feed-source.ts';
import { compilePager } from './pagination.ts';
import { fill } from './request-template.ts';

const REASON_OF: Readonly<Record<'RateLimited' | 'Retry' | 'Fail' | 'Auth', UpstreamReason>> = {
  RateLimited: 'RateLimited',
  Retry: 'UpstreamFailed',
  Fail: 'BadRequest',
  Auth: 'AuthFailed',
};

export function compileHttp(source: HttpSource, secrets: SecretFolder): FeedSource {
  const select = compileSelector(source.records);
  const pager = compilePager(source.pagination);
  const rules = source.errors.map(({ when, is }) => ({ when, is, find: compileFinding(when) }));
  const parse = compileBodyReader(source);
  return {
    limits: source.limits,
    allowPrivate: source.allowPrivate,
    timeoutMs: durationMs(source.timeout),
    maxPages: source.pagination?.maxPages ?? 1,
    nulls: source.nulls,
    cursorColumn: source.cursor?.column,
    request: async ({ token, cursor = source.cursor?.start }) => {
      const { request } = source;
      const first = new URL(
        fill(request.url, { cursor: cursor === undefined ? '' : encodeURIComponent(cursor) }) ?? '',
      );
      for (const { name, value } of request.query) {
        const filled = fill(value, { cursor });
        if (filled !== undefined) first.searchParams.append(name, filled);
      }
      const headers = request.headers.flatMap(({ name, value }): [string, string][] => {
        const filled = fill(value, { cursor });
        return filled === undefined ? [] : [[name, filled]];
      });
      await authenticate(source.auth, secrets, first, headers);
      // Within JSON a quote in the cursor would end the text that it stands in.
      const inBody = /^\s*[[{]/.test(request.body ?? '')
        ? JSON.stringify(cursor ?? '').slice(1, -1)
        : (cursor ?? '');
      const body = request.body === undefined ? undefined : fill(request.body, { cursor: inBody });
      return {
        method: request.method,
        url: pager.locate(first, token),
        headers,
        ...(body === undefined ? {} : { body }),
        ...(source.charset === undefined ? {} : { charset: source.charset }),
      };
    },
    read: (answer, { token }) => {
      const { value: body, other } = parse(answer.body);
      for (const { when, is, find } of rules) {
        const found = find(body);
        if (!isTruthy(found)) continue;
        if (is === 'Skip') return { records: [] };
        throw new UpstreamError(
          REASON_OF[is],
          `the body is an error by source.http.errors: ${saidBy(found, when)}`,
        );
      }
      if (other !== undefined)
        throw new UpstreamError(
          'UpstreamShapeChanged',
          `the body is ${other} and not ${source.format}: ${JSON.stringify(body).slice(0, 200)}`,
        );
      const records = select(body);
      const next = pager.next({ token, count: records.length, body, answer });
      return { records, body, ...(next === undefined ? {} : { next }) };
    },
  };
}

/** The words of the API where the rule has found them, else the rule. */
function saidBy(found: ExactJson, rule: string): string {
  return typeof found === 'string' ? `${found.slice(0, 300)} (${rule})` : rule;
}
