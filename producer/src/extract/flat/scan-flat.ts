import { BodySyntaxError } from '../exact-json.ts';
import { parseExactJsonAt } from '../parse-exact-json.ts';
import { FlatRecords, type Layout } from './flat-records.ts';

/** A string that is the same text within JSON and without: no escapes, nor what JSON would write as one. */
const STRING = /"[ !#-[\]-~\u00a0-\ud7ff\ue000-\uffff]*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** A name with what stands around it. */
const NAME = /[{,][ \n\r\t]*"([ !#-[\]-~\u00a0-\ud7ff\ue000-\uffff]*)"[ \n\r\t]*:[ \n\r\t]*/y;
const WORDS = ['true', 'false', 'null'];
/** Records of one API have few layouts; an API that invents names at every record is read record by record. */
const MOST_LAYOUTS = 64;
const MOST_MEMBERS = 1_000;
const MOST_RECORDS = 1_000_000;
const DEPTH_OF_MEMBER = 1;
const DEPTH_IN_LIST = 1;

/**
 * Finds the records of bodies that are a list, or an object with a list as its member `member`. Undefined for every other
 * body, and for one that is no JSON: whoever reads it as a whole says what is wrong with it.
 */
export class FlatScanner {
  readonly #member: string | undefined;
  readonly #layouts = new Map<string, Layout>();
  #expected: Layout = { names: [], tokens: [] };

  constructor(member: string | undefined) {
    this.#member = member;
  }

  scan(text: string): FlatRecords | undefined {
    try {
      return this.#member === undefined ? this.#whole(text) : this.#ofMember(text, this.#member);
    } catch (error) {
      if (error instanceof BodySyntaxError) return undefined;
      throw error;
    }
  }

  #whole(text: string): FlatRecords | undefined {
    const begin = afterBlanks(text, 0);
    if (text.charCodeAt(begin) !== 0x5b) return undefined;
    const records = new FlatRecords(text);
    const end = this.#list(records, begin, DEPTH_IN_LIST);
    return end === undefined || afterBlanks(text, end) < text.length ? undefined : records;
  }

  /** Of the same member twice the last would count. */
  #ofMember(text: string, member: string): FlatRecords | undefined {
    let at = afterBlanks(text, 0);
    if (text.charCodeAt(at) !== 0x7b) return undefined;
    let records: FlatRecords | undefined;
    do {
      NAME.lastIndex = at;
      const name = NAME.exec(text)?.[1];
      if (name === undefined || (name === member && records !== undefined)) return undefined;
      const value = NAME.lastIndex;
      if (name === member && text.charCodeAt(value) !== 0x5b) return undefined;
      if (name === member) {
        records = new FlatRecords(text);
        const end = this.#list(records, value, DEPTH_IN_LIST + DEPTH_OF_MEMBER);
        if (end === undefined) return undefined;
        at = afterBlanks(text, end);
      } else at = afterBlanks(text, parseExactJsonAt(text, value, DEPTH_OF_MEMBER).end);
    } while (text.charCodeAt(at) === 0x2c);
    if (text.charCodeAt(at) !== 0x7d || afterBlanks(text, at + 1) < text.length) return undefined;
    return records;
  }

  /** From the opening bracket to after the closing one. */
  #list(records: FlatRecords, from: number, depth: number): number | undefined {
    const { text } = records;
    let at = afterBlanks(text, from + 1);
    if (text.charCodeAt(at) === 0x5d) return at + 1;
    for (;;) {
      at = afterBlanks(text, this.#record(records, at, depth));
      const next = text.charCodeAt(at);
      if (next === 0x5d) return at + 1;
      if (next !== 0x2c || records.length === MOST_RECORDS) return undefined;
      at = afterBlanks(text, at + 1);
    }
  }

  /** The end of the record at `begin`, which is added. */
  #record(records: FlatRecords, begin: number, depth: number): number {
    const { text } = records;
    let layout: Layout | undefined = this.#expected;
    let end = spansOf(records, begin, layout);
    if (end < 0) {
      layout = this.#layoutAt(text, begin);
      if (layout !== undefined) end = spansOf(records, begin, layout);
    }
    if (end < 0) layout = undefined;
    else if (layout !== undefined) this.#expected = layout;
    records.add(begin, layout);
    return end < 0 ? parseExactJsonAt(text, begin, depth).end : end;
  }

  /** Undefined where the record is not simple: values that hold others, escapes, the same name twice, nothing at all. */
  #layoutAt(text: string, begin: number): Layout | undefined {
    if (text.charCodeAt(begin) !== 0x7b) return undefined;
    const names: string[] = [];
    const tokens: string[] = [];
    let at = begin;
    do {
      NAME.lastIndex = at;
      const name = NAME.exec(text)?.[1];
      if (name === undefined || names.length === MOST_MEMBERS) return undefined;
      names.push(name);
      tokens.push(text.slice(at, NAME.lastIndex));
      at = valueEnd(text, NAME.lastIndex);
      if (at < 0) return undefined;
    } while (text.charCodeAt(at) === 0x2c);
    if (text.charCodeAt(afterBlanks(text, at)) !== 0x7d || new Set(names).size < names.length)
      return undefined;
    const written = tokens.join('');
    const known = this.#layouts.get(written);
    if (known !== undefined) return known;
    if (this.#layouts.size >= MOST_LAYOUTS) return undefined;
    // Its names outlive the page, whose text they must not keep.
    const layout = JSON.parse(JSON.stringify({ names, tokens })) as Layout;
    this.#layouts.set(Buffer.from(written).toString(), layout);
    return layout;
  }
}

/** Writes where the values of a record of this layout stand; the end of the record, or -1 where it is of another. */
function spansOf(records: FlatRecords, begin: number, { tokens }: Layout): number {
  if (tokens.length === 0) return -1;
  const { text } = records;
  let place = records.reserve(tokens.length);
  const { spans } = records;
  let at = begin;
  for (let member = 0; member < tokens.length; member += 1) {
    const token = tokens[member] as string;
    if (!text.startsWith(token, at)) return -1;
    at += token.length;
    const end = valueEnd(text, at);
    if (end < 0) return -1;
    spans[place] = at;
    spans[place + 1] = end;
    place += 2;
    at = end;
  }
  at = afterBlanks(text, at);
  return text.charCodeAt(at) === 0x7d ? at + 1 : -1;
}

/** Of a value that holds no others, and no escapes; else -1. */
function valueEnd(text: string, at: number): number {
  const first = text.charCodeAt(at);
  if (first === 0x22) return endBy(STRING, text, at);
  if (first === 0x2d || (first >= 0x30 && first <= 0x39)) return endBy(NUMBER, text, at);
  for (const word of WORDS) if (text.startsWith(word, at)) return at + word.length;
  return -1;
}

function endBy(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : -1;
}

function afterBlanks(text: string, from: number): number {
  let at = from;
  for (;;) {
    const char = text.charCodeAt(at);
    if (char !== 0x20 && char !== 0x0a && char !== 0x0d && char !== 0x09) return at;
    at += 1;
  }
}
