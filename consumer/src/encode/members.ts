import { parseExact } from './exact-json.ts';

/** What a record's JSON holds: each member's text, or null. */
export type Members = ReadonlyMap<string, string | null>;

/** Undefined when the bytes are not a JSON object. Delivery 7: numbers keep every digit, nested values their text. */
export function parseMembers(bytes: Buffer): Members | undefined {
  const text = bytes.toString('utf8');
  const plain = parseObject(text, JSON.parse);
  if (plain === undefined) return undefined;
  const entries = Object.entries(plain);
  if (entries.every(([, value]) => value === null || typeof value === 'string')) {
    return new Map(entries as [string, string | null][]);
  }
  // Not from our producer: read again with the source text of each number.
  const exact = parseObject(text, parseExact) ?? plain;
  return new Map(Object.entries(exact).map(([name, value]) => [name, textOf(value)]));
}

function parseObject(text: string, parse: (text: string) => unknown): Record<string, unknown> | undefined {
  let value: unknown;
  try {
    value = parse(text);
  } catch {
    return undefined; // the caller keeps the bytes as text
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  // A bare number parses to a raw JSON object, which the first, plain pass has already refused.
  return isObject ? (value as Record<string, unknown>) : undefined;
}

function textOf(value: unknown): string | null {
  return value === null || typeof value === 'string' ? value : JSON.stringify(value);
}
