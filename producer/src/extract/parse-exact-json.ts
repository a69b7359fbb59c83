import { BodySyntaxError, ExactNumber, type ExactJson, type ExactObject } from './exact-json.ts';
import { beginsWithDigit, rememberOrder, setMember } from './member-order.ts';

const DEEPEST = 100;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** A string without escapes and control characters, up to its closing quote. */
// oxlint-disable-next-line no-control-regex -- JSON forbids them within strings
const PLAIN_STRING = /[^"\\\u0000-\u001f]*"/y;

/** Parses without losing a digit, nor the order of members. */
export function parseExactJson(text: string): ExactJson {
  return new Parser(text).whole();
}

/** The value at a place of a longer text, so many levels within it, and where it ends. */
export function parseExactJsonAt(text: string, at: number, depth: number): { value: ExactJson; end: number } {
  return new Parser(text, at).part(depth);
}

/**
 * A parser of our own, since `JSON.parse` gives doubles; its reviver shows the digits, but takes thrice the time
 * (docs/decisions/own-expression-runtime.md), and puts names that look like numbers first.
 */
class Parser {
  readonly #text: string;
  #at: number;

  constructor(text: string, at: number = text.charCodeAt(0) === 0xfeff ? 1 : 0) {
    this.#text = text;
    this.#at = at;
  }

  part(depth: number): { value: ExactJson; end: number } {
    const value = this.#value(depth);
    return { value, end: this.#at };
  }

  whole(): ExactJson {
    this.#blanks();
    const value = this.#value(0);
    this.#blanks();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return value;
  }

  #value(depth: number): ExactJson {
    const first = this.#text.charCodeAt(this.#at);
    switch (first) {
      case 0x22:
        this.#at += 1;
        return this.#string();
      case 0x7b:
        return this.#object(depth + 1);
      case 0x5b:
        return this.#array(depth + 1);
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x6e:
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(depth: number): ExactObject {
    this.#assertDepth(depth);
    const object: ExactObject = {};
    let names: string[] | undefined;
    this.#at += 1;
    if (this.#skipTo() === 0x7d) {
      this.#at += 1;
      return object;
    }
    for (;;) {
      if (this.#text.charCodeAt(this.#at) !== 0x22) throw this.#unexpected();
      this.#at += 1;
      const name = this.#string();
      if (this.#skipTo() !== 0x3a) throw this.#unexpected();
      this.#at += 1;
      this.#blanks();
      if (beginsWithDigit(name)) names ??= Object.keys(object);
      if (names !== undefined && !Object.hasOwn(object, name)) names.push(name);
      setMember(object, name, this.#value(depth));
      const next = this.#skipTo();
      if (next !== 0x2c && next !== 0x7d) throw this.#unexpected();
      this.#at += 1;
      if (next === 0x7d) break;
      this.#blanks();
    }
    if (names !== undefined && Object.keys(object).some((name, index) => name !== names[index]))
      rememberOrder(object, names);
    return object;
  }

  #array(depth: number): ExactJson[] {
    this.#assertDepth(depth);
    const items: ExactJson[] = [];
    this.#at += 1;
    if (this.#skipTo() === 0x5d) {
      this.#at += 1;
      return items;
    }
    for (;;) {
      items.push(this.#value(depth));
      const next = this.#skipTo();
      if (next !== 0x2c && next !== 0x5d) throw this.#unexpected();
      this.#at += 1;
      if (next === 0x5d) return items;
      this.#blanks();
    }
  }

  /** From after the opening quote to after the closing one. */
  #string(): string {
    const from = this.#at;
    PLAIN_STRING.lastIndex = from;
    if (PLAIN_STRING.test(this.#text)) {
      this.#at = PLAIN_STRING.lastIndex;
      return this.#text.slice(from, this.#at - 1);
    }
    this.#at = this.#closingQuote(from) + 1;
    try {
      return JSON.parse(this.#text.slice(from - 1, this.#at)) as string;
    } catch {
      this.#at = from;
      throw this.#unexpected();
    }
  }

  /** The quote that no odd number of backslashes precedes. */
  #closingQuote(from: number): number {
    for (let quote = this.#text.indexOf('"', from); quote >= 0; quote = this.#text.indexOf('"', quote + 1)) {
      let backslashes = 0;
      while (this.#text.charCodeAt(quote - 1 - backslashes) === 0x5c) backslashes += 1;
      if (backslashes % 2 === 0) return quote;
    }
    this.#at = this.#text.length;
    throw this.#unexpected();
  }

  #number(): ExactNumber {
    NUMBER.lastIndex = this.#at;
    if (!NUMBER.test(this.#text)) throw this.#unexpected();
    const number = new ExactNumber(this.#text.slice(this.#at, NUMBER.lastIndex));
    this.#at = NUMBER.lastIndex;
    return number;
  }

  #word<T extends ExactJson>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) throw this.#unexpected();
    this.#at += word.length;
    return value;
  }

  /** The next character that is not blank, without taking it. */
  #skipTo(): number {
    this.#blanks();
    return this.#text.charCodeAt(this.#at);
  }

  #blanks(): void {
    for (;;) {
      const char = this.#text.charCodeAt(this.#at);
      if (char !== 0x20 && char !== 0x0a && char !== 0x0d && char !== 0x09) return;
      this.#at += 1;
    }
  }

  #assertDepth(depth: number): void {
    if (depth > DEEPEST) throw new BodySyntaxError(`the body is nested deeper than ${DEEPEST} levels`);
  }

  #unexpected(): BodySyntaxError {
    if (this.#at >= this.#text.length)
      return new BodySyntaxError(
        `the body is not JSON: ${this.#text.trim() === '' ? 'it is empty' : 'it ends too early'}`,
      );
    const before = this.#text.slice(0, this.#at);
    const line = before.split('\n').length;
    const column = this.#at - before.lastIndexOf('\n');
    const found = this.#text.slice(this.#at, this.#at + 24).replaceAll(/\s+/g, ' ');
    return new BodySyntaxError(
      `the body is not JSON: ${JSON.stringify(found)} is not expected in line ${line}, column ${column}`,
    );
  }
}
