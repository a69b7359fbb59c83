import {
  parseApiQuota,
  parseStreamSource,
  type ApiQuotaSpec,
  type Problem,
  type Schedule,
} from '@tributary/api';
import { declarationProblems } from '@tributary/producer';
import { LineCounter, parseAllDocuments } from 'yaml';
import { placeOf, type Place } from './yaml-place.ts';

export interface FileProblem extends Place {
  readonly file: string;
  /** `<namespace>/<name>` as far as they are written. */
  readonly resource: string;
  readonly field: string;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/** An APIQuota that is right; its place is that of its limits. */
export interface QuotaPart extends Place {
  readonly name: string;
  /** Empty where none is written. */
  readonly namespace: string;
  /** As among the valid ones. */
  readonly resource: string;
  readonly limits: ApiQuotaSpec['limits'];
}

/** A feed that is right and names a quota; its place is that of its schedule. */
export interface ClaimPart extends Place {
  readonly quota: string;
  readonly name: string;
  readonly namespace: string;
  readonly resource: string;
  readonly schedule: Schedule;
}

/** What of a file must be seen together with other files. */
export interface QuotaParts {
  readonly quotas: readonly QuotaPart[];
  readonly claims: readonly ClaimPart[];
}

export interface FileVerdict {
  readonly file: string;
  /** StreamSources and APIQuotas that are right. */
  readonly valid: readonly string[];
  /** Kinds of other documents, which are not looked at. */
  readonly skipped: readonly string[];
  readonly problems: readonly FileProblem[];
}

/** No manifest of ours comes near this; it bounds what aliases can make of a file. */
const MAX_ALIASES = 100;

/** Looks at every document of a YAML file. Quotas may lie in other files than their feeds: those parts come along. */
export function validateText(file: string, text: string): FileVerdict & QuotaParts {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const valid: string[] = [];
  const skipped: string[] = [];
  const problems: FileProblem[] = [];
  const quotas: QuotaPart[] = [];
  const claims: ClaimPart[] = [];
  for (const document of documents) {
    for (const error of document.errors) {
      const { line, col: column } = lines.linePos(error.pos[0]);
      problems.push({
        file,
        line,
        column,
        resource: '-',
        field: '-',
        code: error.code,
        message: error.message,
        remedy: 'correct the YAML',
      });
    }
    if (document.errors.length > 0) continue;
    const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    if (value === null || value === undefined) continue;
    const { kind, resource, namespace, name } = identify(value);
    if (kind !== undefined && kind !== 'StreamSource' && kind !== 'APIQuota') {
      skipped.push(`${kind} ${resource}`);
      continue;
    }
    const at = (field: string): Place => placeOf(document, field, lines);
    const wrong = (found: readonly Problem[]): void => {
      for (const problem of found) problems.push({ file, resource, ...at(problem.field), ...plain(problem) });
    };
    if (kind === 'APIQuota') {
      const parsed = parseApiQuota(value);
      if (!parsed.ok) wrong(parsed.problems);
      else {
        const shown = `APIQuota ${resource}`;
        valid.push(shown);
        quotas.push({
          ...at('spec.limits'),
          name,
          namespace,
          resource: shown,
          limits: parsed.spec.limits,
        });
      }
      continue;
    }
    const parsed = parseStreamSource(value);
    const unreadable = parsed.ok ? declarationProblems(parsed.value.spec) : [];
    if (!parsed.ok || unreadable.length > 0) wrong(parsed.ok ? unreadable : parsed.problems);
    else {
      valid.push(resource);
      const { schedule, source } = parsed.value.spec;
      if (source.quotaRef !== undefined)
        claims.push({
          ...at('spec.schedule'),
          quota: source.quotaRef.name,
          name,
          namespace,
          resource,
          schedule,
        });
    }
  }
  return { file, valid, skipped, problems, quotas, claims };
}

function plain({
  field,
  code,
  message,
  remedy,
}: Problem): Pick<FileProblem, 'field' | 'code' | 'message' | 'remedy'> {
  return { field, code, message, remedy };
}

function identify(value: unknown): {
  kind: string | undefined;
  resource: string;
  namespace: string;
  name: string;
} {
  const { kind, metadata } = asRecord(value);
  const { namespace, name } = asRecord(metadata);
  const shown = typeof name === 'string' ? name : '(no name)';
  return {
    kind: typeof kind === 'string' ? kind : undefined,
    resource: typeof namespace === 'string' ? `${namespace}/${shown}` : shown,
    namespace: typeof namespace === 'string' ? namespace : '',
    name: shown,
  };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
