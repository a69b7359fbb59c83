import { isUtf8 } from 'node:buffer';
import type { CsvDialect } from '@tributary/api';
import { BYTE, ESCAPED, NO_FORMULA, NOT_ASCII, quotedBytes } from './byte-classes.ts';

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
  readonly #formulasEscaped: boolean;
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #null: Buffer;
  readonly #wantsQuotes: Uint8Array;
  /** 1 for what a text of JSON may not hold as it is, or a cell only within quotes; 0 for what passes as it is. */
  readonly #special: Uint8Array;
  #undeclared: readonly Name[] = [];
  #from = 0;
  #to = 0;
  /** All bytes of texts, one over the other: whether one is not ASCII. */
  #seen = 0;

  constructor(columns: readonly string[], dialect: CsvDialect) {
    this.#declared = columns.map((name, index) => nameBytes(name, index === 0));
    this.#formulasEscaped = dialect.formulasEscaped;
    this.#delimiter = dialect.delimiter.charCodeAt(0);
    this.#quote = dialect.quoteChar.charCodeAt(0);
    this.#null = Buffer.from(dialect.nullSequence);
    this.#wantsQuotes = quotedBytes(dialect);
    this.#special = Uint8Array.from(this.#wantsQuotes).fill(1, 0, BYTE.space);
    for (const byte of [BYTE.quote, BYTE.backslash]) this.#special[byte] = 1;
  }

  /** The members that are expected behind the declared ones from now on: those of a record come again in the next one. */
  expect(undeclared: readonly string[]): void {
    this.#undeclared = undeclared.map((name) => nameBytes(name, false));
  }

  /** An upper bound of what `write` writes for a value of so many bytes. */
  bound(valueBytes: number): number {
    return 2 * valueBytes + (this.#declared.length + 1) * (this.#null.length + 1) + 8;
  }

  /** A delimiter before each cell, and none behind the last. Returns where they end, or -1. */
  write(bytes: Buffer, valueAt: number, valueEnd: number, out: Buffer, start: number): number {
    this.#from = valueAt;
    this.#to = start;
    this.#seen = 0;
    for (const name of this.#declared) {
      if (!this.#passes(name, bytes)) return -1;
      out[this.#to++] = this.#delimiter;
      if (bytes[this.#from] === BYTE.quote) {
        if (!this.#cell(bytes, valueEnd, out)) return -1;
      } else {
        if (!this.#passes(NULL, bytes)) return -1;
        this.#writeNull(out);
      }
    }
    out[this.#to++] = this.#delimiter;
    if (bytes[this.#from] !== BYTE.comma) this.#writeNull(out);
    else if (!this.#rest(bytes, valueEnd, out)) return -1;
    if (bytes[this.#from] !== BYTE.braceClose || this.#from + 1 !== valueEnd) return -1;
    if (this.#seen >= NOT_ASCII && !isUtf8(bytes.subarray(valueAt, valueEnd))) return -1;
    return this.#to;
  }

  #writeNull(out: Buffer): void {
    for (let index = 0; index < this.#null.length; index += 1) out[this.#to++] = this.#null[index] as number;
  }

  #isNull(out: Buffer, start: number, to: number): boolean {
    if (to - start !== this.#null.length) return false;
    for (let index = 0; index < this.#null.length; index += 1) {
      if (out[start + index] !== this.#null[index]) return false;
    }
    return true;
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
    const special = this.#special;
    const quote = this.#quote;
    let from = this.#from + 1;
    let to = start;
    let seen = 0;
    let quoted = false;
    for (; from < end; from += 1) {
      const byte = bytes[from] as number;
      if (special[byte] === 0) {
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
      // No short escape, or a control character as it is, which is no JSON.
      if (!(meant > 0) || byte < BYTE.space) return false;
      if (!quoted && this.#wantsQuotes[meant] === 1) {
        quoted = true;
        to = openQuote(out, start, to, quote);
      }
      out[to++] = meant;
      if (meant === quote) out[to++] = quote;
    }
    if (from >= end) return false;
    if (this.#formulasEscaped && to > start && NO_FORMULA[out[start + (quoted ? 1 : 0)] as number] === 0)
      return false;
    // The empty text, and what reads like null, are told from it by quotes.
    if (!quoted && (to === start || this.#isNull(out, start, to))) {
      quoted = true;
      to = openQuote(out, start, to, quote);
    }
    if (quoted) out[to++] = quote;
    this.#from = from + 1;
    this.#to = to;
    this.#seen |= seen;
    return true;
  }

  /** Writes the undeclared members as a cell of JSON text, which always needs quotes, and every quote doubled. */
  #rest(bytes: Buffer, end: number, out: Buffer): boolean {
    if (this.#undeclared.length === 0 || this.#quote !== BYTE.quote) return false;
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
      if (byte < BYTE.space) return false;
      this.#seen |= byte;
      if (byte !== BYTE.backslash) {
        out[this.#to++] = byte;
        continue;
      }
      from += 1;
      const letter = bytes[from] as number;
      // JSON.stringify does not escape a slash.
      if (ESCAPED[letter] === 0 || letter === BYTE.slash) return false;
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

function nameBytes(name: string, first: boolean): Name {
  return Buffer.from(`${first ? '{' : ','}${JSON.stringify(name)}:`);
}

/** Makes room for a quotation mark before what is written from `start` to `to`; where it ends then. */
function openQuote(out: Buffer, start: number, to: number, quote: number): number {
  out.copyWithin(start + 1, start, to);
  out[start] = quote;
  return to + 1;
}
