import type { z } from 'zod';
import type { KnownFields } from './known-fields.ts';
import { fieldPath, type Problem, type ProblemCode } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** What the schema found wrong, in words for the author. */
export function schemaProblems(issues: readonly Issue[], fields: KnownFields): Problem[] {
  return issues.flatMap((issue) => problemsOf(issue, fields));
}

function problemsOf(issue: Issue, fields: KnownFields): Problem[] {
  const field = fieldPath(issue.path);
  const problem = (code: ProblemCode, message: string, remedy: string): Problem[] => [
    { field, code, message, remedy },
  ];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        field: fieldPath([...issue.path, key]),
        code: 'UnknownField',
        message: 'there is no such field',
        remedy: fields.remedyFor(issue.path, key),
      }));
    case 'invalid_type': {
      const expected = expectedWord(issue.expected);
      return issue.input === undefined
        ? problem('MissingField', 'must be given', `set it: ${expected}`)
        : problem(
            'WrongType',
            `must be ${expected}`,
            issue.expected === 'string' ? 'put it in quotes' : 'correct the value',
          );
    }
    case 'invalid_value':
      return issue.input === undefined
        ? problem('MissingField', 'must be given', `set it: one of ${issue.values.join(', ')}`)
        : problem('NotAllowed', 'is not one of the allowed values', `use one of ${issue.values.join(', ')}`);
    case 'too_small':
    case 'too_big':
      return problem('OutOfRange', sizeMessage(issue), 'change it to fit');
    case 'invalid_format':
      return problem('BadFormat', issue.message, formatRemedy(issue));
    case 'custom':
      return problem('RuleBroken', issue.message, 'change the fields that the rule speaks of');
    default:
      return problem('BadFormat', issue.message, 'correct the value');
  }
}

/** A column may be named otherwise than the member that it takes, such as `_time`. */
function formatRemedy({ path, input }: Issue): string {
  const [list, , member] = path.slice(-3);
  return list === 'columns' && member === 'name' && typeof input === 'string'
    ? `name it otherwise, and say where its value is in path: ${JSON.stringify(input)}`
    : 'correct the value';
}

function expectedWord(expected: string): string {
  const words: Record<string, string> = {
    string: 'text',
    int: 'a whole number',
    number: 'a number',
    boolean: 'true or false',
    object: 'a mapping of fields',
    array: 'a list',
  };
  return words[expected] ?? expected;
}

function sizeMessage(issue: Extract<Issue, { code: 'too_small' | 'too_big' }>): string {
  const units: Record<string, string> = { string: ' characters', array: ' items' };
  const unit = units[issue.origin] ?? '';
  return issue.code === 'too_small'
    ? `must be at least ${issue.minimum}${unit}`
    : `must be at most ${issue.maximum}${unit}`;
}
