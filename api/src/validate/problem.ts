/** Why a StreamSource is refused, in words for its author. */
export interface Problem {
  /** Path of the field, such as `spec.schedule.every` or `spec.columns[2].zone`. */
  field: string;
  code: ProblemCode;
  /** What is wrong. */
  message: string;
  /** What to do. */
  remedy: string;
}

export const PROBLEM_CODES = [
  /** No field of this name exists here. */
  'UnknownField',
  /** A field that must be given is absent. */
  'MissingField',
  /** Text where a number is wanted, and the like. */
  'WrongType',
  /** Not one of the allowed values. */
  'NotAllowed',
  /** Text that does not have the wanted form. */
  'BadFormat',
  /** Too small, too large, too short or too long. */
  'OutOfRange',
  /** A rule over several fields does not hold. */
  'RuleBroken',
  /** No such time zone in the IANA database. */
  'UnknownTimeZone',
  /** Not a cron expression, or one that never comes. */
  'BadCron',
  /** The schedule asks for more than the limits allow. */
  'LimitExceeded',
  /** A column is named that is not declared. */
  'UnknownColumn',
  /** A secret where everybody can read it. */
  'SecretInSpec',
] as const;

export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** `['spec', 'columns', 2, 'zone']` is `spec.columns[2].zone`. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? String(step) : `${text}.${String(step)}`;
  }, '');
}
