import { durationMs, type HttpSource } from '@tributary/api';
import type { SecretFolder } from '@tributary/runtime';
import { parseExactJson, type ExactJson } from '../extract/exact-json.ts';
import { compileSelector, compileTest } from '../extract/selector.ts';
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
  const rules = source.errors.map(({ when, is }) => ({ when, is, holds: compileTest(when) }));
  const parse = source.format === 'ndjson' ? parseLines : parseExactJson;
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
      };
    },
    read: (answer, { token }) => {
      const body = parse(answer.body);
      const rule = rules.find(({ holds }) => holds(body));
      if (rule?.is === 'Skip') return { records: [] };
      if (rule !== undefined)
        throw new UpstreamError(
          REASON_OF[rule.is],
          `the body is an error by source.http.errors: ${rule.when}`,
        );
      const records = select(body);
      const next = pager.next({ token, count: records.length, body, answer });
      return { records, ...(next === undefined ? {} : { next }) };
    },
  };
}

function parseLines(text: string): ExactJson {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseExactJson);
}
