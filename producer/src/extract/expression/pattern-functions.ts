import { setFlagsFromString } from 'node:v8';
import { parseExactJson } from '../parse-exact-json.ts';
import { ExactNumber, isExactNumber, type ExactJson } from '../exact-json.ts';
import { objectOf } from '../member-order.ts';
import { addDuration, secondsOf } from '../time/duration.ts';
import { defineFunction } from './function.ts';
import { numberOf, ExpressionError } from './value.ts';

/** A pattern meets lines and blocks of a text, never a whole body of megabytes. */
const LONGEST_MATCHED = 100_000;

/** What makes texts that no format describes into values: lines, words, patterns, counted times, encodings. */
export const PATTERN_FUNCTIONS = [
  defineFunction('lines(text)', (args) =>
    args
      .text(0)
      .split(/\r\n|[\r\n]/)
      .filter((line) => line.trim() !== ''),
  ),
  defineFunction('words(text)', (args) => args.text(0).match(/\S+/g) ?? []),
  defineFunction(
    'matches(text, pattern)',
    (args) => {
      const text = args.any(0);
      return typeof text === 'string' && patternOf(args.text(1)).test(bounded(text));
    },
    checkPattern,
  ),
  defineFunction(
    'capture(text, pattern)',
    (args): ExactJson => {
      const text = args.any(0);
      if (text === null) return null;
      const found = patternOf(args.text(1)).exec(bounded(args.text(0)));
      if (found === null) return null;
      if (found.groups !== undefined)
        return objectOf(
          Object.entries(found.groups).map(([name, group]) => [name, (group as string | undefined) ?? null]),
        );
      return found.length > 2
        ? found.slice(1).map((group) => (group as string | undefined) ?? null)
        : (found[1] ?? found[0]);
    },
    checkPattern,
  ),
  defineFunction('add_time(time, duration, [times])', (args) => {
    const time = args.any(0);
    if (time === null) return null;
    const times = args.length > 2 ? wholeNumber(args.any(2)) : 1;
    const sum = addDuration(args.text(0), durationText(args.any(1)), times);
    if (sum !== undefined) return sum;
    throw new ExpressionError(
      'add_time() takes an ISO 8601 time and a duration such as PT15M, P1D, P1M or a number of seconds',
    );
  }),
  defineFunction('to_seconds(duration)', (args): ExactJson => {
    const value = args.any(0);
    if (value === null || isExactNumber(value)) return value;
    const seconds = secondsOf(args.text(0));
    return seconds === undefined ? null : new ExactNumber(seconds);
  }),
  defineFunction('from_base64(text)', (args) => Buffer.from(args.text(0), 'base64').toString('utf8')),
  defineFunction('from_hex(text)', (args): ExactJson => {
    const [, sign = '', digits] = /^(-?)(?:0x)?([0-9a-f]{1,256})$/i.exec(args.text(0).trim()) ?? [];
    return digits === undefined ? null : new ExactNumber(`${sign}${BigInt(`0x${digits}`)}`);
  }),
  defineFunction('parse_json(text)', (args): ExactJson => parseExactJson(args.text(0))),
];

const patterns = new Map<string, RegExp>();
/** What only a backtracking engine can match, which a hostile body could keep busy for hours. */
const BACKTRACKING = /\(\?<?[=!]|\\[1-9k]|\\p\{/i;

function patternOf(source: string): RegExp {
  let pattern = patterns.get(source);
  if (pattern !== undefined) return pattern;
  if (patterns.size === 0) boundMatching();
  if (BACKTRACKING.test(source))
    throw new ExpressionError(
      `${source}: patterns have no lookaheads, lookbehinds, back references and \\p{…}, so that matching takes a bounded time`,
    );
  try {
    pattern = new RegExp(source, 'm');
  } catch (error) {
    throw new ExpressionError(`${source} is no regular expression: ${(error as Error).message}`, {
      cause: error,
    });
  }
  patterns.set(source, pattern);
  return pattern;
}

/**
 * Patterns are a user's, texts are a stranger's: where backtracking gets out of hand the engine goes on in linear time.
 * Set by the first pattern, since flags that change before the program is loaded would spoil its compile cache.
 */
function boundMatching(): void {
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
}

function checkPattern([, pattern]: readonly (ExactJson | undefined)[]): void {
  if (typeof pattern === 'string') patternOf(pattern);
}

function bounded(text: string): string {
  // What lies beyond would be missed in silence.
  if (text.length > LONGEST_MATCHED)
    throw new ExpressionError(
      `capture() and matches() take texts of up to ${LONGEST_MATCHED} characters, and got one of ${text.length}; take a part first, such as $[0:5000] or lines($)[0]`,
    );
  return text;
}

function durationText(value: ExactJson): string {
  return value instanceof ExactNumber ? `PT${value.rawJSON}S` : String(value as string);
}

/** Positions come as numbers, from XML as text. */
function wholeNumber(value: ExactJson): number {
  const number = typeof value === 'string' && /^[+-]?\d{1,9}$/.test(value) ? Number(value) : numberOf(value);
  if (number === undefined || !Number.isInteger(number))
    throw new ExpressionError('add_time() takes a whole number of times');
  return number;
}
