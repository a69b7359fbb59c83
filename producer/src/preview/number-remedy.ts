import type { Column } from '@tributary/api';

type Writing = Partial<NonNullable<Column['number']>>;

/** How numbers are written that a cast downstream could not read; undefined where the texts are no such numbers. */
export function numberWriting(texts: readonly string[]): Writing | undefined {
  const given = texts.map((text) => text.trim()).filter((text) => text !== '');
  if (given.every((text) => /^[-+]?\d+(\.\d+)?$/.test(text))) return undefined;
  return WRITINGS.find(({ pattern }) => given.every((text) => pattern.test(text)))?.writing;
}

/** The field that says so, as YAML. */
export function numberRemedy(texts: readonly string[]): string | undefined {
  const writing = numberWriting(texts);
  if (writing === undefined) return undefined;
  const parts = Object.entries(writing).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
  return `say how the numbers are written: number: {${parts.join(', ')}}`;
}

const WRITINGS: readonly { pattern: RegExp; writing: Writing }[] = [
  { pattern: /^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$/, writing: { grouping: ',' } },
  { pattern: /^[-+]?\d+(,\d+)?$/, writing: { decimal: ',' } },
  { pattern: /^[-+]?\d{1,3}(,\d{3})*(\.\d+)?$/, writing: { grouping: ',' } },
  { pattern: /^[-+]?\d{1,3}(\.\d{3})*(,\d+)?$/, writing: { decimal: ',', grouping: '.' } },
  { pattern: /^[-+]?\d{1,3}([ \u00a0\u202f]\d{3})*(,\d+)?$/, writing: { decimal: ',', grouping: ' ' } },
  { pattern: /^[-+]?[\d.]+ ?%$/, writing: { affixes: ['%'] } },
  { pattern: /^[-+]?[\d,]+ ?%$/, writing: { decimal: ',', affixes: ['%'] } },
  { pattern: /^[-+]?\$[\d,.]+$/, writing: { grouping: ',', affixes: ['$'] } },
];
