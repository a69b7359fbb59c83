import { parseStreamSource, type Problem } from '@tributary/api';
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

export interface FileVerdict {
  readonly file: string;
  /** StreamSources that are right. */
  readonly valid: readonly string[];
  /** Kinds of other documents, which are not looked at. */
  readonly skipped: readonly string[];
  readonly problems: readonly FileProblem[];
}

/** No manifest of ours comes near this; it bounds what aliases can make of a file. */
const MAX_ALIASES = 100;

/** Looks at every document of a YAML file. */
export function validateText(file: string, text: string): FileVerdict {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const valid: string[] = [];
  const skipped: string[] = [];
  const problems: FileProblem[] = [];
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
    const { kind, resource } = identify(value);
    if (kind !== undefined && kind !== 'StreamSource') {
      skipped.push(`${kind} ${resource}`);
      continue;
    }
    const parsed = parseStreamSource(value);
    if (parsed.ok) valid.push(resource);
    else {
      for (const problem of parsed.problems) {
        problems.push({ file, resource, ...placeOf(document, problem.field, lines), ...plain(problem) });
      }
    }
  }
  return { file, valid, skipped, problems };
}

function plain({
  field,
  code,
  message,
  remedy,
}: Problem): Pick<FileProblem, 'field' | 'code' | 'message' | 'remedy'> {
  return { field, code, message, remedy };
}

function identify(value: unknown): { kind: string | undefined; resource: string } {
  const { kind, metadata } = asRecord(value);
  const { namespace, name } = asRecord(metadata);
  const shown = typeof name === 'string' ? name : '(no name)';
  return {
    kind: typeof kind === 'string' ? kind : undefined,
    resource: typeof namespace === 'string' ? `${namespace}/${shown}` : shown,
  };
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
