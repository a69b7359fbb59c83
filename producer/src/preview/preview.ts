import {
  nearestWord,
  resolveColumns,
  type Column,
  type Problem,
  type StreamSourceSpec,
} from '@tributary/api';
import type { SecretFolder } from '@tributary/runtime';
import { BodySyntaxError, type ExactJson } from '../extract/exact-json.ts';
import { compileBodyReader } from '../extract/body/parse-body.ts';
import { BadRecordError, RecordShape, type FeedRecord } from '../extract/record.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { greatestCursor } from '../poll/cursor.ts';
import { compileSource, type FeedSource, type PageAnswer } from '../source/feed-source.ts';
import { castFault, looksLike, type LooksLike } from './infer-type.ts';
import { numberRemedy } from './number-remedy.ts';
import { memberNames, outline, pathsOf } from './outline.ts';

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
  warning: string | undefined;
  /** Findings that a user can mend, by field. */
  problems: readonly Problem[];
  /** What the body holds, where nothing could be made of it. */
  outline: readonly string[];
}

/** Reads one answer by a declaration, and says what does not fit. Secrets are needed for the request only. */
export function previewBody(spec: StreamSourceSpec, text: string, secrets: SecretFolder): Preview {
  const source = compileSource(spec.source, secrets);
  try {
    return previewAnswer(
      spec,
      source,
      source.read({ body: text, headers: {} }, { token: undefined, cursor: undefined }),
    );
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

const NOTHING: Preview = {
  selected: 0,
  records: [],
  bad: new Map(),
  columns: [],
  undeclared: [],
  next: undefined,
  cursor: undefined,
  warning: undefined,
  problems: [],
  outline: [],
};

function previewAnswer(spec: StreamSourceSpec, source: FeedSource, answer: PageAnswer): Preview {
  const columns = resolveColumns(spec);
  const shape = new RecordShape(columns, { nulls: source.nulls });
  const records: FeedRecord[] = [];
  const bad = new Map<string, number>();
  for (const raw of answer.records) {
    try {
      records.push(shape.read(raw, answer));
    } catch (error) {
      if (!(error instanceof BadRecordError)) throw error;
      bad.set(error.message, (bad.get(error.message) ?? 0) + 1);
    }
  }
  const seen = columns.map((column) => columnSeen(column, records));
  return {
    selected: answer.records.length,
    records,
    bad,
    columns: seen,
    undeclared: undeclaredOf(columns, records),
    next: answer.next,
    cursor: greatestCursor(
      columns.find(({ name }) => name === source.cursorColumn),
      records,
    ),
    warning: answer.warning,
    problems: [
      ...seen.flatMap((it) => columnProblems(spec, it, records, answer.records)),
      ...badProblems(spec, bad),
      ...identityProblems(records),
    ],
    outline: answer.records.length === 0 && answer.body !== undefined ? outline(answer.body) : [],
  };
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

/** The field of a column; the preset's own columns are none of the file's. */
function fieldOf(spec: StreamSourceSpec, name: string): string {
  const index = spec.columns.findIndex((column) => column.name === name);
  return index < 0 ? 'spec.source' : `spec.columns[${index}]`;
}

function columnProblems(
  spec: StreamSourceSpec,
  { column, missing }: ColumnSeen,
  records: readonly FeedRecord[],
  raw: readonly ExactJson[],
): Problem[] {
  const field = fieldOf(spec, column.name);
  const path = column.path ?? column.name;
  if (records.length > 0 && missing === records.length && field !== 'spec.source') {
    const near = nearestWord(path, [...new Set(raw.slice(0, 20).flatMap((record) => pathsOf(record)))]);
    return [
      {
        field: column.path === undefined ? `${field}.name` : `${field}.path`,
        code: 'UnknownColumn',
        message: `none of ${records.length} records has a value at ${path}`,
        remedy:
          near === undefined
            ? `a record has ${pathsOf(raw[0] ?? null)
                .slice(0, 12)
                .join(', ')}`
            : `did you mean path: ${near}?`,
      },
    ];
  }
  const texts = records.map(({ cells }) => cells.get(column.name) ?? '').filter((text) => text !== '');
  const faults = texts.flatMap((text) => castFault(column.type, text) ?? []);
  const [fault] = faults;
  if (fault === undefined) return [];
  const example = texts.find((text) => castFault(column.type, text) !== undefined) ?? '';
  const other = looksLike(texts)?.type ?? 'string';
  return [
    {
      field: `${field}.type`,
      code: 'WrongType',
      message: `${faults.length} of ${texts.length} values cannot be cast to ${column.type}: ${JSON.stringify(example)} is ${fault}`,
      remedy:
        numberRemedy(texts) ??
        (other === 'string'
          ? 'use type: string, or name the words for missing values in nulls'
          : `the values look like ${other}`),
    },
  ];
}

/** Reasons that differ in the value only are one problem. */
function badProblems(spec: StreamSourceSpec, bad: ReadonlyMap<string, number>): Problem[] {
  const kinds = Map.groupBy(bad, ([reason]) => reason.replace(QUOTED, '…'));
  return [...kinds.values()].slice(0, 5).map((alike) => {
    const [reason = ''] = alike[0] ?? [];
    const count = alike.reduce((sum, [, each]) => sum + each, 0);
    const name = /^(?:time |key )?column (\w+)/.exec(reason)?.[1];
    return {
      field: name === undefined ? 'spec.columns' : fieldOf(spec, name),
      code: 'BadFormat',
      message: `${count} records would go to the dead letters: ${reason}`,
      remedy: badRemedy(
        reason,
        alike.map(([each]) => each),
      ),
    };
  });
}

const QUOTED = /"((?:[^"\\]|\\.)*)"/;

function badRemedy(reason: string, alike: readonly string[]): string {
  if (/neither a key/.test(reason)) return 'give a column role: key or role: time';
  if (!reason.startsWith('time')) return 'check the path, or leave such records out in records: …[?member]';
  const look = looksLike(alike.flatMap((each) => QUOTED.exec(each)?.[1] ?? []));
  if (look?.isTime !== true) return 'say in format how the time is written';
  return look.format === undefined
    ? 'the values are ISO 8601: remove format'
    : `the values look like format: ${look.format}`;
}

/** Of several records of one identity on a page the last counts. */
function identityProblems(records: readonly FeedRecord[]): Problem[] {
  const identities = new Set(records.map(({ identity }) => identity));
  const double = records.length - identities.size;
  if (double === 0) return [];
  return [
    {
      field: 'spec.columns',
      code: 'RuleBroken',
      message: `${double} of ${records.length} records share key and event time with a later one of the page, and only that one is published`,
      remedy: 'give role: key to what tells them apart',
    },
  ];
}

function undeclaredOf(columns: readonly Column[], records: readonly FeedRecord[]): string[] {
  const declared = new Set(columns.map(({ name }) => name));
  const names = records.slice(0, 50).flatMap(({ value }) => Object.keys(JSON.parse(value) as object));
  return [...new Set(names)].filter((name) => !declared.has(name));
}

function answerProblem(
  spec: StreamSourceSpec,
  error: UpstreamError | BodySyntaxError,
  members: readonly string[],
): Problem {
  const [, named] = /^(source\.http\.\w+)/.exec(error.message) ?? [];
  const { records } = spec.source.http ?? {};
  const ofRecords = error.code === 'UpstreamShapeChanged' && records !== undefined;
  const near = ofRecords ? nearestWord(records.replace(/\[\]$/, ''), members) : undefined;
  return {
    field:
      named !== undefined
        ? `spec.${named}`
        : error.code === 'BodySyntax'
          ? 'spec.source.http.format'
          : ofRecords
            ? 'spec.source.http.records'
            : 'spec.source',
    code: 'RuleBroken',
    message: error.message,
    remedy:
      near === undefined ? (REMEDIES[error.code] ?? 'look at the body') : `did you mean records: ${near}?`,
  };
}

const REMEDIES: Readonly<Record<string, string>> = {
  BodySyntax: 'set format to what the body is, or name the answer in errors if it is one',
  UpstreamShapeChanged: 'select what is there; the body is shown above',
  RateLimited: 'wait, and ask less often',
  QuotaExhausted: 'wait for the next day, and ask less often',
  NotEntitled: 'use a plan that includes it, or another function',
  AuthFailed: 'check the key in the Secret',
  BadRequest: 'check url and parameters',
};

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
