/** How to say that numbers are written otherwise than a cast reads them; undefined where the texts are no such numbers. */
export function numberRemedy(texts: readonly string[]): string | undefined {
  const found = WRITINGS.find(({ pattern }) => texts.every((text) => pattern.test(text.trim())));
  return found === undefined ? undefined : `say how the numbers are written: number: ${found.writing}`;
}

const WRITINGS: readonly { pattern: RegExp; writing: string }[] = [
  { pattern: /^[-+]?\d+(,\d+)?$/, writing: '{decimal: ","}' },
  { pattern: /^[-+]?\d{1,3}(,\d{3})*(\.\d+)?$/, writing: '{grouping: ","}' },
  { pattern: /^[-+]?\d{1,3}(\.\d{3})*(,\d+)?$/, writing: '{decimal: ",", grouping: "."}' },
  { pattern: /^[-+]?\d{1,3}([ \u00a0\u202f]\d{3})*(,\d+)?$/, writing: '{decimal: ",", grouping: " "}' },
  { pattern: /^[-+]?[\d.]+ ?%$/, writing: '{affixes: ["%"]}' },
  { pattern: /^[-+]?[\d,]+ ?%$/, writing: '{decimal: ",", affixes: ["%"]}' },
  { pattern: /^[-+]?\$[\d,.]+$/, writing: '{grouping: ",", affixes: ["$"]}' },
];
