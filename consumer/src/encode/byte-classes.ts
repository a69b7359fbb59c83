/** ASCII that JSON and CSV are made of. */
export const BYTE = {
  lineFeed: 0x0a,
  carriageReturn: 0x0d,
  quote: 0x22,
  comma: 0x2c,
  colon: 0x3a,
  backslash: 0x5c,
  braceOpen: 0x7b,
  braceClose: 0x7d,
} as const;

/** From here on a byte is part of a longer UTF-8 sequence. */
export const NOT_ASCII = 0x80;

/** 1 for what a text of JSON may not hold as it is or a cell of CSV only within quotes; 0 for what passes as it is. */
export const SPECIAL: Uint8Array = new Uint8Array(256);
SPECIAL.fill(1, 0, 0x20);
for (const byte of [BYTE.quote, BYTE.comma, BYTE.backslash]) SPECIAL[byte] = 1;

/** What stands behind the backslash of a short escape, and the byte that it means; 0: no short escape. */
export const ESCAPED: Uint8Array = new Uint8Array(256);
for (const [letter, meant] of Object.entries({
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
})) {
  ESCAPED[letter.charCodeAt(0)] = meant.charCodeAt(0);
}

/** 1 for digits and letters: no formula begins with one. */
export const NO_FORMULA: Uint8Array = new Uint8Array(256);
for (const [from, to] of ['09', 'AZ', 'az']) {
  if (from !== undefined && to !== undefined) NO_FORMULA.fill(1, from.charCodeAt(0), to.charCodeAt(0) + 1);
}
