import type { StreamSource } from '../stream-source.ts';
import { streamSourceManifest } from '../stream-source.ts';
import { KnownFields } from './known-fields.ts';
import type { Problem } from './problem.ts';
import { schemaProblems } from './schema-problems.ts';
import { semanticProblems } from './semantic-checks.ts';

export type Parsed = { ok: true; value: StreamSource } | { ok: false; problems: Problem[] };

let knownFields: KnownFields | undefined;

/**
 * A StreamSource with its defaults, or everything that is wrong with it: what the API server refuses, and what only
 * arithmetic, the time zone database and the presets can tell.
 */
export function parseStreamSource(value: unknown): Parsed {
  const admitted = admitStreamSource(value);
  if (!admitted.ok) return admitted;
  const problems = semanticProblems(admitted.value.spec);
  return problems.length === 0 ? admitted : { ok: false, problems };
}

/** Only what the API server checks too, with the same verdict. */
export function admitStreamSource(value: unknown): Parsed {
  knownFields ??= new KnownFields(streamSourceManifest);
  const given = knownFields.withoutNulls(value);
  const parsed = streamSourceManifest.safeParse(given, { reportInput: true });
  if (parsed.success) return { ok: true, value: parsed.data as StreamSource };
  return { ok: false, problems: schemaProblems(parsed.error.issues, knownFields) };
}

/** One line for a condition or a terminal: `spec.schedule.every: must be given; set it: text`. */
export function describeProblem({ field, message, remedy }: Problem): string {
  return `${field}: ${message}; ${remedy}`;
}
