/** What a template may name. */
export interface TemplateValues {
  cursor: string | undefined;
}

const VARIABLE = /\{\{\s*([a-z.]+)\s*\}\}/g;

/** Names that a text uses and this version does not know. */
export function unknownVariables(text: string): string[] {
  return [...text.matchAll(VARIABLE)].map(([, name = '']) => name).filter((name) => name !== 'cursor');
}

/** The text with its variables replaced; undefined where one has no value yet, as before the very first poll. */
export function fill(text: string, { cursor }: TemplateValues): string | undefined {
  if (!text.includes('{{')) return text;
  if (cursor === undefined) return undefined;
  return text.replaceAll(VARIABLE, () => cursor);
}
