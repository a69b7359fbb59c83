/** A number exactly as the API wrote it; `JSON.stringify` writes the same digits again (Delivery 7). */
export interface ExactNumber {
  readonly rawJSON: string;
}

/** JSON with every number kept as text. Members named `__proto__` are ordinary members. */
export type ExactJson = string | boolean | null | ExactNumber | ExactJson[] | { [name: string]: ExactJson };

/** The body is not JSON, or is nested deeper than we follow. */
export class BodySyntaxError extends Error {
  override readonly name = 'BodySyntaxError';
  readonly code = 'BodySyntax';
}

const DEEPEST = 100;

/** Parses without losing a digit. */
export function parseExactJson(text: string): ExactJson {
  assertDepth(text);
  try {
    return JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' && context?.source !== undefined ? JSON.rawJSON(context.source) : value,
    ) as ExactJson;
  } catch (error) {
    throw new BodySyntaxError(
      `the body is not JSON: ${error instanceof Error ? error.message.slice(0, 200) : 'unreadable'}`,
      { cause: error },
    );
  }
}

/** A deep body would overflow the stack in the parser; brackets are counted first, outside strings. */
function assertDepth(text: string): void {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charCodeAt(index);
    if (inString) {
      if (char === 0x5c) index += 1;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) inString = true;
    else if (char === 0x7b || char === 0x5b) {
      depth += 1;
      if (depth > DEEPEST) throw new BodySyntaxError(`the body is nested deeper than ${DEEPEST} levels`);
    } else if (char === 0x7d || char === 0x5d) depth -= 1;
  }
}

export function isExactNumber(value: unknown): value is ExactNumber {
  return JSON.isRawJSON(value as object);
}

export function isObject(value: unknown): value is { [name: string]: ExactJson } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);
}

/** Text of a cell: strings and numbers as written, booleans by name, nested values as JSON; null stays null. */
export function cellText(value: ExactJson): string | null {
  if (value === null || typeof value === 'string') return value;
  if (isExactNumber(value)) return value.rawJSON;
  return JSON.stringify(value);
}
