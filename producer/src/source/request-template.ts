/** What a template may name, by its name; undefined where it has no value yet, as the cursor before the very first poll. */
export type TemplateValues = Readonly<Record<string, string | undefined>>;

const VARIABLE = /\{\{\s*([a-z.]+)\s*\}\}/g;

export const VARIABLES: readonly string[] = ['cursor', 'window.start', 'window.end'];

/** Names that a text uses. */
export function variablesOf(text: string): string[] {
  return [...text.matchAll(VARIABLE)].map(([, name = '']) => name);
}

/** The text with its variables replaced; undefined where one has no value. */
export function fill(text: string, values: TemplateValues): string | undefined {
  if (!text.includes('{{')) return text;
  if (variablesOf(text).some((name) => values[name] === undefined)) return undefined;
  return text.replaceAll(VARIABLE, (_whole, name: string) => values[name] ?? '');
}
