import { parseStreamSource, type Problem, type StreamSourceSpec } from '@tributary/api';
import { declarationProblems } from '@tributary/producer';
import { LineCounter, parseAllDocuments, type Document } from 'yaml';
import { placeOf, type Place } from '../commands/yaml-place.ts';
import { CliError } from '../output/cli-error.ts';

/** One StreamSource of a file, and where in it each field stands. */
export interface FeedInFile {
  readonly file: string;
  readonly name: string;
  /** Of the file, for excerpts. */
  readonly lines: readonly string[];
  /** Undefined where problems keep it from being read. */
  readonly spec: StreamSourceSpec | undefined;
  readonly problems: readonly Problem[];
  placeOf(field: string): Place;
}

const MOST_ALIASES = 100;

/** The StreamSource called `name` of a file; without a name its first one. */
export function readFeed(file: string, text: string, name: string | undefined): FeedInFile {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const broken = documents.find(({ errors }) => errors.length > 0)?.errors[0];
  if (broken !== undefined) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw new CliError('BadYaml', `${file}:${line}:${col} ${broken.message}`, 'correct the YAML');
  }
  const feeds = documents.flatMap((document) => feedOf(document) ?? []);
  const found = feeds.find((feed) => name === undefined || feed.name === name);
  if (found === undefined) {
    const there = feeds.map((feed) => feed.name).join(', ');
    throw new CliError(
      'NoSuchFeed',
      `${file} holds no StreamSource${name === undefined ? '' : ` ${name}`}`,
      there === '' ? 'name a file that holds one; tributary init writes one' : `it holds ${there}`,
    );
  }
  const parsed = parseStreamSource(found.value);
  const shared = { file, name: found.name, lines: text.split('\n') };
  const at = (field: string): Place => placeOf(found.document, field, lines);
  if (!parsed.ok) return { ...shared, spec: undefined, problems: parsed.problems, placeOf: at };
  const { spec } = parsed.value;
  const problems = declarationProblems(spec);
  return { ...shared, spec: problems.length === 0 ? spec : undefined, problems, placeOf: at };
}

function feedOf(document: Document): { document: Document; value: unknown; name: string } | undefined {
  const value: unknown = document.toJS({ maxAliasCount: MOST_ALIASES });
  const { kind, metadata } = (value ?? {}) as { kind?: unknown; metadata?: { name?: unknown } };
  if (value === null || value === undefined || (kind !== undefined && kind !== 'StreamSource'))
    return undefined;
  return { document, value, name: typeof metadata?.name === 'string' ? metadata.name : '(no name)' };
}
