import type { Column } from '@tributary/api';

type Writing = NonNullable<Column['number']>;

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const TRAILING_MINUS = /^([\d.,' ]+)[-\u2212]$/;
const MINUS = /^[\u2212\u2013]/;

/**
 * A number as a cast downstream reads it: `1.234,50 €` becomes `1234.50`, `(3.1)` of accountants and `3.1-` become `-3.1`,
 * and `1.2M` becomes `1.2e6`. Digits stay as they are; what is no number in that writing stays as a whole, so that the cast fails and is counted.
 */
export function readableNumber(text: string, { decimal, grouping, affixes, powers }: Writing): string {
  const bare = withoutAffixes(text, affixes);
  const power = powers?.find(({ suffix }) => bare.endsWith(suffix));
  let digits = power === undefined ? bare : bare.slice(0, -power.suffix.length).trim();
  const negative = digits.startsWith('(') && digits.endsWith(')');
  if (negative) digits = withoutAffixes(digits.slice(1, -1), affixes);
  digits = digits.replace(MINUS, '-').replace(TRAILING_MINUS, '-$1');
  if (grouping !== undefined) {
    if (!groupedInThousands(digits, decimal, grouping)) return text;
    digits = digits.replaceAll(blanks(grouping), '');
  }
  if (decimal === ',') digits = digits.includes('.') ? text : digits.replace(',', '.');
  if (!NUMBER.test(digits)) return text;
  const exponent = power === undefined ? '' : `e${power.exponent}`;
  if (exponent !== '' && /[eE]/.test(digits)) return text;
  return `${negative ? '-' : ''}${digits}${exponent}`;
}

function withoutAffixes(text: string, affixes: readonly string[]): string {
  let rest = text.trim();
  for (const affix of affixes) {
    if (rest.startsWith(affix)) rest = rest.slice(affix.length).trim();
    if (rest.endsWith(affix)) rest = rest.slice(0, -affix.length).trim();
    // The sign may stand before the unit: -$5.
    if (rest.startsWith(`-${affix}`)) rest = `-${rest.slice(affix.length + 1).trim()}`;
  }
  return rest;
}

/** `1,2` is no number with thousands: reading it as 12 would be worse than not reading it. */
function groupedInThousands(digits: string, decimal: string, grouping: string): boolean {
  const [whole = ''] = digits.replace(/^[+-]/, '').split(decimal);
  const groups = whole.split(blanks(grouping));
  // Indian numbers have groups of two before the last one of three.
  return (
    groups.length === 1 ||
    (groups.at(-1)?.length === 3 && groups.every(({ length }) => length >= 1 && length <= 3))
  );
}

/** Blanks between thousands are often unbreakable ones. */
function blanks(grouping: string): RegExp {
  return /[\s\u00a0\u202f]/.test(grouping) ? /[\s\u00a0\u202f]/g : new RegExp(RegExp.escape(grouping), 'g');
}
