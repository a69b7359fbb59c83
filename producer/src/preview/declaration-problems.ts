import { type Problem, type StreamSourceSpec } from '@tributary/api';
import { isKnownCharset } from '../extract/body/body-text.ts';
import { isTimeFormat } from '../extract/event-time.ts';
import { compileExpression } from '../extract/expression/compile.ts';
import { ExpressionError } from '../extract/expression/value.ts';
import { compilePath } from '../extract/member-path.ts';

const LANGUAGE = 'docs/extraction.md shows the expressions and their functions';

/** What of a declaration can never be read, whatever the body: expressions, paths, formats of times, charsets. */
export function declarationProblems({ source: { http }, columns }: StreamSourceSpec): Problem[] {
  const at = 'spec.source.http';
  return [
    ...expressionProblems(`${at}.records`, http?.records, compileExpression),
    ...(http?.errors ?? []).flatMap(({ when }, index) =>
      expressionProblems(`${at}.errors[${index}].when`, when, compileExpression),
    ),
    ...charsetProblems(`${at}.charset`, http?.charset),
    ...columns.flatMap(({ path, zoneFrom, nullFrom, format }, index) => [
      ...expressionProblems(`spec.columns[${index}].path`, path, compilePath),
      ...expressionProblems(`spec.columns[${index}].zoneFrom`, zoneFrom, compilePath),
      ...expressionProblems(`spec.columns[${index}].nullFrom`, nullFrom, compilePath),
      ...formatProblems(`spec.columns[${index}].format`, format),
    ]),
  ];
}

function expressionProblems(
  field: string,
  text: string | undefined,
  compile: (text: string) => unknown,
): Problem[] {
  if (text === undefined) return [];
  try {
    compile(text);
    return [];
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const quote = /path|From/.test(field)
      ? `; a member name with signs in it is quoted: "\\"${text}\\""`
      : '';
    return [{ field, code: 'BadFormat', message: error.message, remedy: `${LANGUAGE}${quote}` }];
  }
}

function charsetProblems(field: string, charset: string | undefined): Problem[] {
  if (charset === undefined || isKnownCharset(charset)) return [];
  return [
    {
      field,
      code: 'NotAllowed',
      message: `the charset ${charset} is not known`,
      remedy: 'write one such as utf-8 or windows-1252',
    },
  ];
}

function formatProblems(field: string, format: string | undefined): Problem[] {
  if (format === undefined || isTimeFormat(format)) return [];
  return [
    {
      field,
      code: 'BadFormat',
      message: `${JSON.stringify(format)} is no way to write a time`,
      remedy:
        "use epochSeconds, epochMillis, epochMicros, epochNanos, epochDays, excelDays, rfc2822, or a pattern of yyyy yy MMMM MMM MM M dd d DDD EEE HH H hh h a mm ss SSS S Q XXX z with other letters in '…'",
    },
  ];
}
