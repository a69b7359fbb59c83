import { isUtf8 } from 'node:buffer';
import { BYTE, ESCAPED, NO_FORMULA, NOT_ASCII, SPECIAL } from './byte-classes.ts';

/** A name as it stands in a record's JSON, with the comma or brace before it and the colon behind it. */
type Name = Buffer;

const NULL = Buffer.from('null');

/**
 * Writes the cells of a record's value straight from its JSON, where that is what our producer writes: every declared
 * column once and in order, each a text or null, then other members, which `_undeclared` keeps. One pass over the bytes;
 * -1 as soon as anything else is met, for csv-stringify to write (docs/decisions/tuned-landing-path.md).
 */
export class PlainMembers {
  readonly #declared: readonly Name[];
  readonly #escapeFormulas: boolean;
  #undeclared: readonly Name[] = [];
  #from = 0;
  #to = 0;
  /** All bytes of texts, one over the other: whether one is not ASCII. */
  #seen = 0;

  constructor(columns: readonly string[], escapeFormulas: boolean) {
    this.#declared = columns.map((name, index) => nameBytes(name, index === 0));
    this.#escapeFormulas = escapeFormulas;
  }

  /** The members that are expected behind the declared ones from now on: those of a record come again in the next one. */
  expect(undeclared: readonly string[]): void {
    this.#undeclared = undeclared.map((name) => nameBytes(name, false));
  }

  /** An upper bound of what `write` writes for a value of so many bytes. */
  bound(valueBytes: number): number {
    return 2 * valueBytes + this.#declared.length + 8;
  }

  /** A comma before each cell, and none behind the last. Returns where they end, or -1. */
  write(bytes: Buffer, valueAt: number, valueEnd: number, out: Buffer, start: number): number {
    this.#from = valueAt;
    this.#to = start;
    this.#seen = 0;
    for (const name of this.#declared) {
      if (!this.#passes(name, bytes)) return -1;
      out[this.#to++] = BYTE.comma;
      if (bytes[this.#from] === BYTE.quote) {
        if (!this.#cell(bytes, valueEnd, out)) return -1;
      } else if (!this.#passes(NULL, bytes)) return -1;
    }
    out[this.#to++] = BYTE.comma;
    if (bytes[this.#from] === BYTE.comma && !this.#rest(bytes, valueEnd, out)) return -1;
    if (bytes[this.#from] !== BYTE.braceClose || this.#from + 1 !== valueEnd) return -1;
    if (this.#seen >= NOT_ASCII && !isUtf8(bytes.subarray(valueAt, valueEnd))) return -1;
    return this.#to;
  }

  #passes(text: Buffer, bytes: Buffer): boolean {
    const from = this.#from;
    for (let index = 0; index < text.length; index += 1) {
      if (bytes[from + index] !== text[index]) return false;
    }
    this.#from = from + text.length;
    return true;
  }

  /** Writes one text as a cell, in quotes where it must be. */
  #cell(bytes: Buffer, end: number, out: Buffer): boolean {
    const start = this.#to;
    let from = this.#from + 1;
    let to = start;
    let seen = 0;
    let quoted = false;
    for (; from < end; from += 1) {
      const byte = bytes[from] as number;
      if (SPECIAL[byte] === 0) {
        out[to++] = byte;
        seen |= byte;
        continue;
      }
      if (byte === BYTE.quote) break;
      let meant = byte;
      if (byte === BYTE.backslash) {
        from += 1;
        meant = ESCAPED[bytes[from] as number] as number;
      }
      if (meant === 0 || (byte !== BYTE.backslash && byte !== BYTE.comma)) return false;
      if (!quoted && wantsQuotes(meant)) {
        quoted = true;
        out.copyWithin(start + 1, start, to);
        out[start] = BYTE.quote;
        to += 1;
      }
      out[to++] = meant;
      if (meant === BYTE.quote) out[to++] = BYTE.quote;
    }
    if (from >= end) return false;
    if (this.#escapeFormulas && to > start && NO_FORMULA[out[start + (quoted ? 1 : 0)] as number] === 0)
      return false;
    if (to === start) {
      // The empty text, told from null.
      out[to++] = BYTE.quote;
      quoted = true;
    }
    if (quoted) out[to++] = BYTE.quote;
    this.#from = from + 1;
    this.#to = to;
    this.#seen |= seen;
    return true;
  }

  /** Writes the undeclared members as a cell of JSON text, which needs quotes and every quote doubled. */
  #rest(bytes: Buffer, end: number, out: Buffer): boolean {
    if (this.#undeclared.length === 0) return false;
    out[this.#to++] = BYTE.quote;
    let separator: number = BYTE.braceOpen;
    for (const name of this.#undeclared) {
      if (!this.#passes(name, bytes)) return false;
      out[this.#to++] = separator;
      separator = BYTE.comma;
      for (let index = 1; index < name.length; index += 1) this.#double(name[index] as number, out);
      if (bytes[this.#from] === BYTE.quote) {
        if (!this.#verbatim(bytes, end, out)) return false;
      } else {
        if (!this.#passes(NULL, bytes)) return false;
        for (const byte of NULL) out[this.#to++] = byte;
      }
    }
    out[this.#to++] = BYTE.braceClose;
    out[this.#to++] = BYTE.quote;
    return true;
  }

  /** A text that is written as it stands, which is as JSON.stringify would write it. */
  #verbatim(bytes: Buffer, end: number, out: Buffer): boolean {
    this.#double(BYTE.quote, out);
    let from = this.#from + 1;
    for (; from < end; from += 1) {
      const byte = bytes[from] as number;
      if (byte === BYTE.quote) break;
      if (byte < 0x20) return false;
      this.#seen |= byte;
      if (byte !== BYTE.backslash) {
        out[this.#to++] = byte;
        continue;
      }
      from += 1;
      const letter = bytes[from] as number;
      // JSON.stringify does not escape a slash.
      if (ESCAPED[letter] === 0 || letter === SLASH) return false;
      out[this.#to++] = BYTE.backslash;
      this.#double(letter, out);
    }
    if (from >= end) return false;
    this.#double(BYTE.quote, out);
    this.#from = from + 1;
    return true;
  }

  #double(byte: number, out: Buffer): void {
    out[this.#to++] = byte;
    if (byte === BYTE.quote) out[this.#to++] = byte;
  }
}

const SLASH = 0x2f;

function nameBytes(name: string, first: boolean): Name {
  return Buffer.from(`${first ? '{' : ','}${JSON.stringify(name)}:`);
}

/** What RFC 4180, as csv-stringify reads it, wants in quotes. */
function wantsQuotes(byte: number): boolean {
  return byte === BYTE.quote || byte === BYTE.comma || byte === BYTE.lineFeed || byte === BYTE.carriageReturn;
}
