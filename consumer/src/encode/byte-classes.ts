/** ASCII that JSON is made of. */
export const BYTE = {
  space: 0x20,
  quote: 0x22,
  comma: 0x2c,
  slash: 0x2f,
  backslash: 0x5c,
  braceOpen: 0x7b,
  braceClose: 0x7d,
} as const;

/** From here on a byte is part of a longer UTF-8 sequence. */
export const NOT_ASCII = 0x80;

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

/** 1 for what a cell may hold only within quotes: what ends a cell or a row, and quotation marks. */
export function quotedBytes({ delimiter, quoteChar }: { delimiter: string; quoteChar: string }): Uint8Array {
  const quoted = new Uint8Array(256);
  for (const byte of Buffer.from(`${delimiter}${quoteChar}\r\n`)) quoted[byte] = 1;
  return quoted;
}
