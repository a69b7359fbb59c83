import type { Column } from '@tributary/api';

type Writing = Partial<NonNullable<Column['number']>>;

/** How numbers are written that a cast downstream could not read; undefined where the texts are no such numbers. */
export function numberWriting(texts: readonly string[]): Writing | undefined {
  const written = texts.map((text) => text.trim()).filter((text) => text !== '');
  const given = written.map(signedPlainly);
  if (given.every((text) => /^[-+]?\d+(\.\d+)?$/.test(text)))
    return given.every((text, at) => text === written[at]) ? undefined : { decimal: '.' };
  return WRITINGS.find(({ pattern }) => given.every((text) => pattern.test(text)))?.writing;
}

/** The minus in front: `(5)` of accountants, `5-` and a minus of typographers are read as such wherever `number` is given. */
function signedPlainly(text: string): string {
  const bare = text.replace(/^[\u2212\u2013]/, '-');
  return bare.replace(/^\(([^()]+)\)$/, '-$1').replace(/^([^-+].*)[-\u2212]$/, '-$1');
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
  { pattern: /^[-+]?\d{1,2}(,\d{2})*,\d{3}(\.\d+)?$/, writing: { grouping: ',' } },
  { pattern: /^[-+]?\d{1,3}('\d{3})*(\.\d+)?$/, writing: { grouping: "'" } },
  { pattern: /^[-+]?\d{1,3}(’\d{3})*(\.\d+)?$/, writing: { grouping: '’' } },
  ...['$', '€', '£', '¥'].flatMap((currency) => [
    {
      pattern: new RegExp(`^[-+]?\\${currency} ?[\\d,]+(\\.\\d+)?$`),
      writing: { grouping: ',', affixes: [currency] },
    },
    {
      pattern: new RegExp(`^[-+]?[\\d.]+(,\\d+)? ?\\${currency}$`),
      writing: { decimal: ',' as const, grouping: '.', affixes: [currency] },
    },
  ]),
];
