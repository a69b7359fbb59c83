/** A field of the records, as far as parts of a time are looked for. */
export interface PartField {
  path: string;
  texts: readonly string[];
}

/** A time that several fields make together. */
export interface ComposedTime {
  /** Expression over the record. */
  path: string;
  format?: string;
  type: 'date' | 'timestamp';
  fields: readonly PartField[];
}

interface Part {
  pattern: RegExp;
  format: string;
}

const YEAR: Part = { pattern: /^(19|20)\d{2}$/, format: 'yyyy' };
const PARTS: readonly (readonly Part[])[] = [
  [
    { pattern: /^M(0[1-9]|1[0-2])$/, format: "'M'MM" },
    { pattern: /^(0?[1-9]|1[0-2])$/, format: 'M' },
    { pattern: /^(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*$/i, format: 'MMM' },
  ],
  [{ pattern: /^(0?[1-9]|[12]\d|3[01])$/, format: 'd' }],
  [{ pattern: /^([01]?\d|2[0-4])$/, format: 'H' }],
  [{ pattern: /^[0-5]?\d$/, format: 'm' }],
];
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const CLOCK = /^\d{2}:\d{2}(:\d{2})?$/;

/** Year, month, day and so on that stand side by side; or a date and, next to it, the time of day. */
export function composedTime(fields: readonly PartField[]): ComposedTime | undefined {
  const plain = fields.filter(({ path, texts }) => !/[.[@"]/.test(path) && texts.length > 0);
  return dateAndClock(plain) ?? partsInOrder(plain);
}

function dateAndClock(fields: readonly PartField[]): ComposedTime | undefined {
  const date = fields.find((field) => all(field, DATE));
  const clock = fields.find((field) => all(field, CLOCK));
  if (date === undefined || clock === undefined) return undefined;
  return { path: joined('T', [date, clock]), type: 'timestamp', fields: [date, clock] };
}

function partsInOrder(fields: readonly PartField[]): ComposedTime | undefined {
  const start = fields.findIndex((field) => all(field, YEAR.pattern));
  if (start < 0) return undefined;
  const used = [fields[start] as PartField];
  const formats = [YEAR.format];
  for (const choices of PARTS) {
    const field = fields[start + used.length];
    const part = field === undefined ? undefined : choices.find(({ pattern }) => all(field, pattern));
    if (field === undefined || part === undefined) break;
    used.push(field);
    formats.push(part.format);
  }
  if (used.length < 2) return undefined;
  return {
    path: joined('-', used),
    format: formats.join('-'),
    type: used.length > 3 ? 'timestamp' : 'date',
    fields: used,
  };
}

function all({ texts }: PartField, pattern: RegExp): boolean {
  return texts.every((text) => pattern.test(text));
}

function joined(glue: string, fields: readonly PartField[]): string {
  return `join('${glue}', [${fields.map(({ path }) => quoted(path)).join(', ')}])`;
}

function quoted(path: string): string {
  return /^[A-Za-z_]\w*$/.test(path) ? path : JSON.stringify(path);
}
