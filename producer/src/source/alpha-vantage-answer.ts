import { alphaVantageMember, type AlphaVantagePreset } from '@tributary/api';
import { parseDelimited } from '../extract/body/delimited.ts';
import { isObject, type ExactJson, type ExactObject } from '../extract/exact-json.ts';
import { compileExpression, type Expression } from '../extract/expression/compile.ts';
import { ExpressionError } from '../extract/expression/value.ts';
import { membersOf, namesOf, objectOf } from '../extract/member-order.ts';
import { parseExactJson } from '../extract/parse-exact-json.ts';
import { zoneNamed } from '../extract/time/zone.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { alphaVantageRefusal } from './alpha-vantage-refusal.ts';
import type { PageAnswer } from './feed-source.ts';

const NOTHING = 'Alpha Vantage has no data for these parameters; check the symbol';

/** Reads the answers of one function: raw records, each with what only the request knows, in the members that columns name. */
export function compileAlphaVantageReader(preset: AlphaVantagePreset): (text: string) => PageAnswer {
  const evaluate = compileExpression(preset.records);
  const ofRows = compileExpression(preset.csvRecords);
  return (text) => {
    if (preset.format === 'csv' && !/^\s*[{[]/.test(text)) return csvAnswer(text, preset, ofRows);
    const body = parseExactJson(text);
    const refusal = alphaVantageRefusal(body);
    if (refusal !== undefined && preset.emptyWhen?.test(refusal.message) === true)
      return { records: [], warning: refusal.message };
    if (refusal !== undefined) throw refusal;
    return jsonAnswer(withoutNumbering(body), preset, evaluate);
  };
}

function jsonAnswer(body: ExactJson, preset: AlphaVantagePreset, evaluate: Expression): PageAnswer {
  if (!isObject(body) && !(preset.anyBody && Array.isArray(body)))
    throw new UpstreamError('UpstreamShapeChanged', 'the body is not an object');
  const container = isObject(body) ? containerOf(body, preset) : body;
  if (container === undefined) return { records: [], warning: NOTHING };
  const records = recordsOf(container, body, evaluate).map((record) =>
    withConstants(record, preset.constants),
  );
  const zone = isObject(body) ? statedZone(body) : undefined;
  return {
    records,
    body,
    ...(zone === undefined ? {} : { zone }),
    ...(records.length === 0 ? { warning: NOTHING } : {}),
  };
}

/** Zone and symbol are not in the rows of CSV. */
function csvAnswer(text: string, { constants }: AlphaVantagePreset, evaluate: Expression): PageAnswer {
  const rows = parseDelimited(text, {});
  const [first] = rows;
  if (isObject(first) && isSpreadNotice(first))
    throw new UpstreamError(
      'RateLimited',
      'Alpha Vantage answered with a notice where the rows should be: the limits of the key are used up, or its plan does not include this',
      { retryAfterMs: 60_000 },
    );
  return {
    records: recordsOf(rows, rows, evaluate).map((row) => withConstants(row, constants)),
    ...(rows.length === 0 ? { warning: NOTHING } : {}),
  };
}

/** CSV spreads the name of the notice over the cells, a letter each, as far as there are cells. */
const NOTICES = ['Information', 'Error Message', 'Note'];

function isSpreadNotice(row: ExactObject): boolean {
  const cells = Object.values(row)
    .map((cell) => String(cell as string))
    .filter((cell) => cell !== '');
  return (
    cells.length >= 2 &&
    cells.every((cell) => cell.length === 1) &&
    NOTICES.some((notice) => notice.startsWith(cells.join('')))
  );
}

/** Undefined where there is nothing: an unknown symbol and a day without data look so. */
function containerOf(
  body: ExactObject,
  { container, needs, anyBody }: AlphaVantagePreset,
): ExactJson | undefined {
  const members = namesOf(body);
  const name = container === undefined ? undefined : members.find((member) => member.startsWith(container));
  const found =
    container === undefined && (anyBody || needs.some((need) => members.includes(need)))
      ? body
      : body[name ?? ''];
  if (found !== undefined && (container === undefined || name !== undefined))
    return isObject(found) && namesOf(found).length === 0 ? undefined : found;
  if (members.every((member) => member === 'Meta Data')) return undefined;
  throw new UpstreamError(
    'UpstreamShapeChanged',
    `the body has no member ${container === undefined ? needs.join(' or ') : `"${container}…"`}; it has ${members.slice(0, 10).join(', ')}`,
  );
}

function recordsOf(container: ExactJson, body: ExactJson, evaluate: Expression): ExactJson[] {
  try {
    const records = evaluate(container, body);
    return records === null ? [] : Array.isArray(records) ? records : [records];
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new UpstreamError(
      'UpstreamShapeChanged',
      `the records of Alpha Vantage look different: ${error.message}`,
      {
        cause: error,
      },
    );
  }
}

/** What the request says is kept away from what the record says itself. */
function withConstants(record: ExactJson, constants: Readonly<Record<string, string>>): ExactJson {
  if (!isObject(record)) return record;
  const missing = Object.entries(constants).filter(([name]) => !Object.hasOwn(record, name));
  return missing.length === 0 ? record : objectOf([...missing, ...membersOf(record)]);
}

/** Numbers before names shift between families ("5. Time Zone", "6. Time Zone"), so they go by name alone. */
function withoutNumbering(value: ExactJson): ExactJson {
  if (Array.isArray(value)) return value.map(withoutNumbering);
  if (!isObject(value)) return value;
  return objectOf(
    membersOf(value).map(([name, member]) => [alphaVantageMember(name), withoutNumbering(member)]),
  );
}

/** The zone of all times of the body; "US/Eastern Time" is no IANA name. */
function statedZone(body: ExactObject): string | undefined {
  const meta = Object.hasOwn(body, 'Meta Data') ? body['Meta Data'] : undefined;
  if (!isObject(meta)) return undefined;
  const zone = Object.hasOwn(meta, 'Time Zone') ? meta['Time Zone'] : undefined;
  return typeof zone === 'string' ? zoneNamed(zone) : undefined;
}
