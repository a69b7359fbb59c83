import { cellText, ExactNumber, isExactNumber, type ExactJson } from '../exact-json.ts';
import { defineFunction, type Arguments } from './function.ts';
import { computed, ExpressionError } from './value.ts';

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const LONGEST_PADDED = 1_000;

/** JMESPath's functions over texts; numbers become text with the digits that they were written with. */
export const TEXT_FUNCTIONS = [
  defineFunction('to_string(value)', (args) => cellText(args.any(0)) ?? 'null'),
  defineFunction('to_number(value)', (args) => {
    const value = args.any(0);
    if (isExactNumber(value)) return value;
    return typeof value === 'string' && JSON_NUMBER.test(value) ? new ExactNumber(value) : null;
  }),
  defineFunction('lower(text)', (args) => args.text(0).toLowerCase()),
  defineFunction('upper(text)', (args) => args.text(0).toUpperCase()),
  defineFunction('starts_with(text, beginning)', (args) => args.text(0).startsWith(args.text(1))),
  defineFunction('ends_with(text, ending)', (args) => args.text(0).endsWith(args.text(1))),
  defineFunction('find_first(text, part)', (args) => found(args.text(0).indexOf(args.text(1)))),
  defineFunction('find_last(text, part)', (args) => found(args.text(0).lastIndexOf(args.text(1)))),
  defineFunction('join(glue, list)', (args) =>
    args
      .list(1)
      .map((item) => cellText(item) ?? '')
      .join(args.text(0)),
  ),
  defineFunction('split(text, by, [most])', (args) => {
    const parts = args.text(0).split(args.text(1));
    if (args.length < 3) return parts;
    const most = Number(args.number(2).rawJSON);
    return parts.length <= most + 1 ? parts : [...parts.slice(0, most), parts.slice(most).join(args.text(1))];
  }),
  defineFunction('replace(text, old, new)', (args) =>
    args.text(0).replaceAll(args.text(1), () => args.text(2)),
  ),
  defineFunction('pad_left(text, length, [with])', (args) =>
    args.text(0).padStart(padded(args), args.text(2, ' ')),
  ),
  defineFunction('pad_right(text, length, [with])', (args) =>
    args.text(0).padEnd(padded(args), args.text(2, ' ')),
  ),
  defineFunction('trim(text, [characters])', (args) => trimEnd(trimStart(args), args)),
  defineFunction('trim_left(text, [characters])', (args) => trimStart(args)),
  defineFunction('trim_right(text, [characters])', (args) => trimEnd(args.text(0), args)),
];

function found(index: number): ExactJson {
  return index < 0 ? null : computed(index);
}

function padded(args: Arguments): number {
  const length = Number(args.number(1).rawJSON);
  if (length > LONGEST_PADDED) throw new ExpressionError(`padding ends at ${LONGEST_PADDED} characters`);
  return length;
}

const isTrimmed = (char: string, args: Arguments): boolean =>
  args.length > 1 ? args.text(1).includes(char) : /\s/.test(char);

function trimStart(args: Arguments): string {
  const text = args.text(0);
  let from = 0;
  while (from < text.length && isTrimmed(text.charAt(from), args)) from += 1;
  return text.slice(from);
}

function trimEnd(text: string, args: Arguments): string {
  let to = text.length;
  while (to > 0 && isTrimmed(text.charAt(to - 1), args)) to -= 1;
  return text.slice(0, to);
}
