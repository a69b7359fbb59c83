import { nearestWord, type Column, type Problem, type StreamSourceSpec } from '@tributary/api';
import type { BodySyntaxError, ExactJson } from '../extract/exact-json.ts';
import type { FeedRecord } from '../extract/record.ts';
import type { UpstreamError } from '../fetch/upstream-error.ts';
import { castFault, looksLike } from './infer-type.ts';
import { numberRemedy } from './number-remedy.ts';
import { pathsOf } from './outline.ts';
import type { ColumnSeen } from './preview.ts';

/** The field of a column; the preset's own columns are none of the file's. */
/** Where columns come from that are not declared. */
const PRESET = 'spec.source';

function fieldOf(spec: StreamSourceSpec, name: string): string {
  const index = spec.columns.findIndex((column) => column.name === name);
  return index < 0 ? PRESET : `spec.columns[${index}]`;
}

export function columnProblems(
  spec: StreamSourceSpec,
  { column, missing }: ColumnSeen,
  records: readonly FeedRecord[],
  raw: readonly ExactJson[],
): Problem[] {
  const field = fieldOf(spec, column.name);
  if (records.length > 0 && missing === records.length && field !== PRESET)
    return [
      {
        ...atAbsent(spec, column, raw),
        message: `none of ${records.length} records has a value at ${column.path ?? column.name}`,
      },
    ];
  // The event time is read by its format and not by a cast.
  if (column.role === 'time') return [];
  const texts = records.map(({ cells }) => cells.get(column.name) ?? '').filter((text) => text !== '');
  const faults = texts.flatMap((text) => castFault(column.type, text) ?? []);
  const [fault] = faults;
  if (fault === undefined) return [];
  const example = texts.find((text) => castFault(column.type, text) !== undefined) ?? '';
  const look = looksLike(texts);
  // Only the event time has a format; any other time is cast as it is written.
  const other =
    look?.format === undefined ? (look?.type ?? 'string') : /^\d+$/.test(example) ? 'long' : 'string';
  const message = `${faults.length} of ${texts.length} values cannot be cast to ${column.type}: ${JSON.stringify(example.slice(0, 48))} is ${fault}`;
  const remedy =
    numberRemedy(texts) ??
    (other === 'string'
      ? 'use type: string, or name the words for missing values in nulls'
      : `the values look like ${other}: use type: ${other}`);
  return [
    field === PRESET
      ? {
          field,
          code: 'WrongType',
          message: `of the preset's column ${column.name} ${message}`,
          remedy: `${remedy}, in spec.columns: those that are named there are the columns then, and take from the preset what is not said`,
        }
      : { field: `${field}.type`, code: 'WrongType', message, remedy },
  ];
}

/** Where a column finds nothing, and what might have been meant. */
function atAbsent(
  spec: StreamSourceSpec,
  { name, path }: Column,
  raw: readonly ExactJson[],
): Omit<Problem, 'message'> {
  const field = fieldOf(spec, name);
  const known = [...new Set(raw.slice(0, 20).flatMap((record) => pathsOf(record)))];
  const near = nearestWord(path ?? name, known);
  return {
    field: path === undefined ? `${field}.name` : `${field}.path`,
    code: 'UnknownColumn',
    remedy:
      near === undefined
        ? `a record has ${pathsOf(raw[0] ?? null)
            .slice(0, 12)
            .join(', ')}`
        : `did you mean path: ${near}?`,
  };
}

/** A column without which a record is identified by nothing, and which no record has at its path. */
function absentColumn(spec: StreamSourceSpec, reason: string, raw: readonly ExactJson[]): Column | undefined {
  const [, key] = /^key column (\w+) is missing/.exec(reason) ?? [];
  const column = spec.columns.find(({ name, role }) =>
    key === undefined ? reason.startsWith('there is neither a key') && role === 'time' : name === key,
  );
  if (column === undefined) return undefined;
  const path = column.path ?? column.name;
  return raw.some((record) => pathsOf(record).includes(path)) ? undefined : column;
}

/** Reasons that differ in the value only are one problem. */
export function badProblems(
  spec: StreamSourceSpec,
  bad: ReadonlyMap<string, number>,
  raw: readonly ExactJson[],
): Problem[] {
  const kinds = Map.groupBy(bad, ([reason]) => reason.replace(QUOTED, '…'));
  return [...kinds.values()].slice(0, 5).map((alike) => {
    const [reason = ''] = alike[0] ?? [];
    const count = alike.reduce((sum, [, each]) => sum + each, 0);
    const name = /^(?:time |key )?column (\w+)/.exec(reason)?.[1];
    const message = `${count} records would go to the dead letters: ${reason}`;
    const absent = absentColumn(spec, reason, raw);
    if (absent !== undefined) return { ...atAbsent(spec, absent, raw), message };
    return {
      field: name === undefined ? 'spec.columns' : fieldOf(spec, name),
      code: 'BadFormat',
      message,
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
export function identityProblems(records: readonly FeedRecord[]): Problem[] {
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

/** What an answer is instead of records, at the field that could say so. */
export function answerProblem(
  spec: StreamSourceSpec,
  error: UpstreamError | BodySyntaxError,
  members: readonly string[],
): Problem {
  const [, named] = /^(?:the answer is an error by )?(source\.http\.\w+)/.exec(error.message) ?? [];
  const { records } = spec.source.http ?? {};
  const ofRecords = error.code === 'UpstreamShapeChanged' && records !== undefined;
  const near = ofRecords ? nearestRecords(records, members) : undefined;
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
      near === undefined
        ? (remedyBy(error) ?? `${REMEDIES[error.code] ?? 'look at the body'}${pauseIn(error)}`)
        : `did you mean records: ${near}?`,
  };
}

/** The expression with a name that the body does not have replaced by the nearest that it has. */
function nearestRecords(records: string, members: readonly string[]): string | undefined {
  const known = new Set(members.flatMap((member) => [member, ...member.split('.')]));
  for (const [, name = ''] of records.matchAll(/(?<!['"\w$&.])([A-Za-z_]\w*)(?![\w'"]|\s*\()/g)) {
    const near = known.has(name) ? undefined : nearestWord(name, [...known]);
    if (near !== undefined) return records.replace(new RegExp(`\\b${name}\\b`), () => near);
  }
  return undefined;
}

/** When to come back, as the answer says itself. */
function pauseIn(error: UpstreamError | BodySyntaxError): string {
  const wait = 'retryAfterMs' in error ? error.retryAfterMs : undefined;
  return wait === undefined ? '' : `; the answer says to come back in ${Math.ceil(wait / 1_000)} s`;
}

/** Answers that are nearly JSON, or nothing, have a remedy of their own. */
function remedyBy({ code, message }: UpstreamError | BodySyntaxError): string | undefined {
  if (code === 'BadRequest' && message.includes(', which leads to '))
    return 'the feed follows it: save the answer that it leads to (curl -iL), or write that URL in request.url';
  if (code !== 'BodySyntax' || !message.includes('is not JSON')) return undefined;
  if (message.endsWith('it is empty'))
    return 'an empty answer is no records only with status 204: check url and parameters, and that the answer was saved';
  if (/"-?(?:NaN|Infinity)/.test(message))
    return 'the body writes NaN or Infinity, which JSON does not have: ask the API for null or for CSV';
  return undefined;
}

const REMEDIES: Readonly<Record<string, string>> = {
  BodySyntax: 'set format to what the body is, or name the answer in errors if it is one',
  UpstreamShapeChanged: 'select what is there; the body is shown above',
  RateLimited: 'wait, and ask less often',
  QuotaExhausted: 'wait for the next day, and ask less often',
  NotEntitled: 'use a plan that includes it, or another function',
  AuthFailed: 'check the key in the Secret',
  BadRequest: 'check url and parameters; what such an answer means where it is none, errors says (is: Skip)',
  UpstreamFailed: 'the API has a fault: it is asked again later',
};
