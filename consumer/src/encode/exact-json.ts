type Reviver = (name: string, value: unknown, context: { source?: string }) => unknown;

/** Source text access (ES2026, in Node 24), which TypeScript's library does not describe yet. */
const json = JSON as unknown as {
  parse(text: string, reviver: Reviver): unknown;
  rawJSON(text: string): object;
};

/** Parses JSON so that `JSON.stringify` writes every number with the digits that it came with. */
export function parseExact(text: string): unknown {
  return json.parse(text, (_name, value, { source }) =>
    typeof value === 'number' && source !== undefined ? json.rawJSON(source) : value,
  );
}
