/** Words that services write where a number or a date is missing. */
const MISSING = new Set([
  '.',
  '..',
  '...',
  '-',
  '--',
  '*',
  '**',
  '***',
  ':',
  '#N/A',
  'NA',
  'N/A',
  'n/a',
  'NaN',
  'nan',
  'None',
  'null',
  'NULL',
  'ND',
  'N/D',
  'N/E',
  '(NA)',
  '(D)',
  'MM',
  'M',
]);

export function isMissingWord(text: string): boolean {
  return MISSING.has(text);
}
