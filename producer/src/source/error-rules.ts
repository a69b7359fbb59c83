import type { ErrorRule } from '@tributary/api';
import { BodySyntaxError, type ExactJson } from '../extract/exact-json.ts';
import { isTruthy } from '../extract/expression/value.ts';
import { compileFinding } from '../extract/selector.ts';
import { UpstreamError, type UpstreamReason } from '../fetch/upstream-error.ts';

const REASON_OF: Readonly<Record<Exclude<ErrorRule['is'], 'Skip'>, UpstreamReason>> = {
  RateLimited: 'RateLimited',
  Retry: 'UpstreamFailed',
  Fail: 'BadRequest',
  Auth: 'AuthFailed',
};

/** What an answer means by the rules of the source, the first that holds; undefined where none does. */
export type ErrorRules = (status: number, body: () => ExactJson) => UpstreamError | 'Skip' | undefined;

export function compileErrorRules(rules: readonly ErrorRule[]): ErrorRules {
  const compiled = rules.map((rule) => ({
    ...rule,
    find: rule.when === undefined ? undefined : compileFinding(rule.when),
  }));
  return (status, body) => {
    for (const { status: wanted, when, is, find } of compiled) {
      // Without a status a rule is about what the body says, whatever the status is.
      if (wanted !== undefined && wanted !== status) continue;
      const found = find === undefined ? true : findIn(find, body);
      if (!isTruthy(found)) continue;
      if (is === 'Skip') return 'Skip';
      const rule = when ?? `status ${status}`;
      return new UpstreamError(
        REASON_OF[is],
        `the answer is an error by source.http.errors: ${saidBy(found, rule)}`,
      );
    }
    return undefined;
  };
}

/** A refusal may come as a page of HTML: nothing is found in it. */
function findIn(find: (body: ExactJson) => ExactJson, body: () => ExactJson): ExactJson {
  try {
    return find(body());
  } catch (error) {
    if (error instanceof BodySyntaxError) return null;
    throw error;
  }
}

/** The words of the API where the rule has found them, else the rule. */
function saidBy(found: ExactJson, rule: string): string {
  return typeof found === 'string' ? `${found.slice(0, 300)} (${rule})` : rule;
}
