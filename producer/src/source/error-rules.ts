import type { ErrorRule, UpstreamReason } from '@tributary/api';
import { BodySyntaxError, type ExactJson } from '../extract/exact-json.ts';
import { isTruthy } from '../extract/expression/value.ts';
import { compileFinding } from '../extract/selector.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';

const REASON_OF: Readonly<Record<Exclude<ErrorRule['is'], 'Skip'>, UpstreamReason>> = {
  RateLimited: 'RateLimited',
  Retry: 'UpstreamFailed',
  Fail: 'BadRequest',
  Auth: 'AuthFailed',
};

/** What an answer means by the rules of the source, the first that holds; undefined where none does. */
export type ErrorRules = (answer: Judged) => UpstreamError | 'Skip' | undefined;

/** What rules judge an answer by. */
export interface Judged {
  status: number;
  text: string;
  /** Throws a BodySyntaxError for what is not in the format of the source. */
  body(): ExactJson;
}

export function compileErrorRules(rules: readonly ErrorRule[]): ErrorRules {
  const compiled = rules.map((rule) => ({
    ...rule,
    find: rule.when === undefined ? undefined : compileFinding(rule.when),
  }));
  return ({ status, text, body }) => {
    for (const { status: wanted, when, says, is, find } of compiled) {
      // Without a status a rule is about what the body says, whatever the status is.
      if (wanted !== undefined && wanted !== status) continue;
      if (says !== undefined && !text.toLowerCase().includes(says.toLowerCase())) continue;
      const found = find === undefined ? says === undefined || beginning(text) : findIn(find, body);
      if (!isTruthy(found)) continue;
      if (is === 'Skip') return 'Skip';
      const rule = when ?? (says === undefined ? `status ${status}` : `says ${JSON.stringify(says)}`);
      return new UpstreamError(
        REASON_OF[is],
        `the answer is an error by source.http.errors: ${saidBy(found, rule)}`,
      );
    }
    return undefined;
  };
}

/** A refusal may come as a page of HTML: nothing is found in it. */
function findIn(find: (body: ExactJson) => ExactJson, body: Judged['body']): ExactJson {
  try {
    return find(body());
  } catch (error) {
    if (error instanceof BodySyntaxError) return null;
    throw error;
  }
}

function beginning(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ').slice(0, 300);
}

/** The words of the API where the rule has found them, else the rule. */
function saidBy(found: ExactJson, rule: string): string {
  return typeof found === 'string' ? `${found.slice(0, 300)} (${rule})` : rule;
}
