import { compileSelector, isObject, membersOf, type ExactJson } from '@tributary/producer';
import { expressionsFor } from './candidate-expressions.ts';
import { tellsTime } from './tell-shapes.ts';

/** An expression that makes records of a body, and the records. */
export interface RecordsFound {
  /** Undefined: the body itself. */
  expression: string | undefined;
  records: ExactJson[];
  /** Member that holds the names of a map's entries. */
  keyMember?: string;
}

/** The expression that yields most records out of a body, and of equal ones the shortest. */
export function findRecords(body: ExactJson, given?: string): RecordsFound {
  if (given !== undefined) return { expression: given, records: evaluate(given, body) };
  const candidates = [...expressionsFor(body, '', 0)].flatMap((expression): RecordsFound[] => {
    const records = evaluate(expression, body);
    return records.length === 0 ? [] : [{ expression: expression === '@' ? undefined : expression, records }];
  });
  const dated =
    saysTime(body) && !candidates.some((found) => found.expression !== undefined && isTimed(found));
  const [best] = candidates.sort((a, b) => worth(b, dated) - worth(a, dated));
  return best ?? { expression: undefined, records: Array.isArray(body) ? body : [body] };
}

export function evaluate(expression: string, body: ExactJson): ExactJson[] {
  try {
    return compileSelector(expression === '@' ? undefined : expression)(body);
  } catch {
    return [];
  }
}

/** What reads a shape as a whole is right where it fits at all, though it may yield fewer records. */
const FITTING: readonly (readonly [beginning: RegExp, factor: number])[] = [
  [/^cube\(/, 10],
  [/^table\(/, 10],
  [/^rows\(.*'(date|time)'\)$/, 4],
];

/** Values that the records hold; what needs no functions and goes less deep is preferred where it is about the same. */
function worth({ expression = '', records }: RecordsFound, dated: boolean): number {
  const values = records
    .slice(0, 1_000)
    .reduce<number>((sum, record) => sum + Math.min(valuesOf(record), 12), 0);
  const perRecord = records.length > 1_000 ? records.length / 1_000 : 1;
  // Records that tell a time are what a feed is about; lists of what they refer to are not.
  // What the body says once holds for a list below it, where no list says it better.
  const timed = isTimed({ records }) ? 12 : dated && records.length > 1 ? 4 : 1;
  const fitting = FITTING.find(([beginning]) => beginning.test(expression))?.[1] ?? 1;
  return values * perRecord * (records.length > 1 ? 2 : 1) * timed * fitting - expression.length / 20;
}

function isTimed({ records }: Pick<RecordsFound, 'records'>): boolean {
  return records.slice(0, 5).some((record) => tellsTime(record, 0));
}

/** Whether the body itself says a time, beside what it holds. */
function saysTime(body: ExactJson): boolean {
  return (
    isObject(body) &&
    membersOf(body).some(([, member]) => !isObject(member) && !Array.isArray(member) && tellsTime(member, 0))
  );
}

function valuesOf(record: ExactJson): number {
  if (isObject(record)) return membersOf(record).length;
  return Array.isArray(record) ? Math.min(record.length, 8) : 0.5;
}
