/** Readers for answers, which leave out what is zero or empty. */
export type Fields = Readonly<Record<string, unknown>>;

export function text(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}

export function integer(fields: Fields, name: string): number {
  const value = fields[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

export function object(fields: Fields, name: string): Fields {
  const value = fields[name];
  return isObject(value) ? value : {};
}

export function objects(fields: Fields, name: string): Record<string, unknown>[] {
  const value = fields[name];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
