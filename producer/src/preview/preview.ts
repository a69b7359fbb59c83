import {
  resolveColumns,
  resolveSeries,
  type Column,
  type Problem,
  type StreamSourceSpec,
} from '@tributary/api';
import type { SecretFolder } from '@tributary/runtime';
import { compileBodyReader } from '../extract/body/parse-body.ts';
import { BodySyntaxError, type ExactJson } from '../extract/exact-json.ts';
import { BadRecordError, RecordShape, type FeedRecord } from '../extract/record.ts';
import type { HttpAnswer } from '../fetch/http-fetcher.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { greatestCursor } from '../poll/cursor.ts';
import { compileSource, type FeedSource, type PageAnswer } from '../source/feed-source.ts';
import { looksLike, type LooksLike } from './infer-type.ts';
import { memberNames, outline } from './outline.ts';
import { provisionalOf, weekWarning, zoneProblems, type Provisional } from './provisional.ts';
import { answerProblem, badProblems, columnProblems, identityProblems } from './record-problems.ts';

/** What is known of one column after a page. */
export interface ColumnSeen {
  column: Column;
  /** Undefined where no record has a value. */
  looksLike: LooksLike | undefined;
  missing: number;
  example: string | null;
}

/** What one answer becomes. */
export interface Preview {
  /** Raw records that the answer holds. */
  selected: number;
  records: readonly FeedRecord[];
  /** Records that go to the dead letters, by reason. */
  bad: ReadonlyMap<string, number>;
  columns: readonly ColumnSeen[];
  /** Members that no column takes. */
  undeclared: readonly string[];
  /** Asks for the page after this one. */
  next: string | undefined;
  cursor: string | undefined;
  /** Records that may still change. */
  provisional: Provisional | undefined;
  warning: string | undefined;
  /** Findings that a user can mend, by field. */
  problems: readonly Problem[];
  /** What the body holds, where nothing could be made of it. */
  outline: readonly string[];
}

/** One answer of a poll. */
export interface PageRead {
  answer: HttpAnswer;
  /** As the answer before it told. */
  token?: string | undefined;
  /** What it is by its status, where that is no 2xx. */
  refusal?: UpstreamError | undefined;
  /** When it was answered, in milliseconds. @default now */
  observed?: number | undefined;
}

/** Reads one answer by a declaration, and says what does not fit. Secrets are needed for the request only. */
export function previewBody(spec: StreamSourceSpec, text: string, secrets: SecretFolder): Preview {
  return previewPages(spec, [{ answer: { body: text, headers: {} } }], secrets);
}

/** The same of the pages of one poll, in their order. */
export function previewPages(
  spec: StreamSourceSpec,
  pages: readonly PageRead[],
  secrets: SecretFolder,
): Preview {
  if (pages.some(({ answer }) => answer.notModified === true)) return { ...NOTHING, warning: NOT_MODIFIED };
  const source = compileSource(spec.source, secrets);
  let text = '';
  try {
    const answers = pages.map(({ answer, token, refusal }) => {
      text = answer.body;
      if (refusal === undefined) return source.read(answer, { token, cursor: undefined });
      const meant = source.explain?.(refusal) ?? refusal;
      if (meant !== 'Skip') throw meant;
      return { records: [] };
    });
    return previewAnswers(spec, source, answers, pages.at(-1)?.observed ?? Date.now());
  } catch (error) {
    if (!(error instanceof UpstreamError) && !(error instanceof BodySyntaxError)) throw error;
    const body = bodyOf(spec, text);
    const problem = answerProblem(spec, error, body === undefined ? [] : memberNames(body));
    return {
      ...NOTHING,
      problems: [problem],
      outline: body === undefined ? [beginning(text)] : outline(body),
    };
  }
}

const NOT_MODIFIED =
  'status 304 says that nothing has changed since an answer before, which the feed takes for no news: to see records, save an answer to a request without If-None-Match and If-Modified-Since';

const NO_RECORDS =
  'no records: right where the answer holds none; else look at the body (a filter behind a projection is asked of each item, a[].b | [?c] of the list)';

const ENDS_BY_COUNT =
  'a page with fewer records than pagination size is taken for the last: where records leaves out or adds some, give no size, or follow a token';

/** Whether pages are counted in records while the expression may make more or fewer of them than the page holds. */
function endsByCount({ source: { http } }: StreamSourceSpec): boolean {
  const { page, offset } = http?.pagination ?? {};
  return (page?.size ?? offset?.size) !== undefined && /\[\?|\w\(/.test(http?.records ?? '');
}

const NOTHING: Preview = {
  selected: 0,
  records: [],
  bad: new Map(),
  columns: [],
  undeclared: [],
  next: undefined,
  cursor: undefined,
  provisional: undefined,
  warning: undefined,
  problems: [],
  outline: [],
};

function previewAnswers(
  spec: StreamSourceSpec,
  source: FeedSource,
  answers: readonly PageAnswer[],
  observed: number,
): Preview {
  const columns = resolveColumns(spec);
  const series = resolveSeries(spec);
  const shape = new RecordShape(columns, { nulls: source.nulls });
  const records: FeedRecord[] = [];
  const bad = new Map<string, number>();
  for (const answer of answers) readInto(records, bad, shape, answer);
  const raw = answers.flatMap((answer) => [...answer.records]);
  const seen = columns.map((column) => columnSeen(column, records));
  const last = answers.at(-1);
  return {
    selected: raw.length,
    records,
    bad,
    columns: seen,
    undeclared: undeclaredOf(columns, records),
    next: last?.next,
    cursor: greatestCursor(
      columns.find(({ name }) => name === source.cursorColumn),
      records,
    ),
    provisional: provisionalOf(records, series, observed),
    warning:
      answers.find(({ warning }) => warning !== undefined)?.warning ??
      (raw.length === 0 && last?.body !== undefined ? NO_RECORDS : undefined) ??
      weekWarning(records, series) ??
      (endsByCount(spec) ? ENDS_BY_COUNT : undefined),
    problems: [
      ...seen.flatMap((it) => columnProblems(spec, it, records, raw)),
      ...badProblems(spec, bad, raw),
      ...identityProblems(records),
      ...zoneProblems(records, columns, series),
    ],
    outline: raw.length === 0 && last?.body !== undefined ? outline(last.body) : [],
  };
}

function readInto(
  records: FeedRecord[],
  bad: Map<string, number>,
  shape: RecordShape,
  answer: PageAnswer,
): void {
  for (const raw of answer.records) {
    try {
      records.push(shape.read(raw, answer));
    } catch (error) {
      if (!(error instanceof BadRecordError)) throw error;
      bad.set(error.message, (bad.get(error.message) ?? 0) + 1);
    }
  }
}

function columnSeen(column: Column, records: readonly FeedRecord[]): ColumnSeen {
  const texts = records.map(({ cells }) => cells.get(column.name) ?? null);
  const given = texts.filter((text) => text !== null);
  return {
    column,
    looksLike: looksLike(given),
    missing: texts.length - given.length,
    example: given.find((text) => text !== '') ?? null,
  };
}

function undeclaredOf(columns: readonly Column[], records: readonly FeedRecord[]): string[] {
  const declared = new Set(columns.map(({ name }) => name));
  const names = records.slice(0, 50).flatMap(({ value }) => Object.keys(JSON.parse(value) as object));
  return [...new Set(names)].filter((name) => !declared.has(name));
}

function bodyOf({ source: { http } }: StreamSourceSpec, text: string): ExactJson | undefined {
  try {
    return compileBodyReader(http ?? {})(text).value;
  } catch {
    return undefined;
  }
}

function beginning(text: string): string {
  return text.slice(0, 200).replaceAll(/\s+/g, ' ');
}
