import { BodySyntaxError, type ExactJson, type ExactObject } from '../exact-json.ts';
import { setMember } from '../member-order.ts';
import { decodeEntities } from './xml-entities.ts';

export interface XmlOptions {
  /** Keep prefixes of names, such as `gesmes:Envelope`. @default false */
  prefixes?: boolean;
}

const DEEPEST = 100;
const NAME = '[A-Za-z_:\\u0080-\\uffff][-A-Za-z0-9_:.\\u0080-\\uffff]*';
const OPENING = new RegExp(`<(${NAME})`, 'y');
const CLOSING = new RegExp(`</(${NAME})\\s*>`, 'y');
const ATTRIBUTE = new RegExp(`\\s+(${NAME})\\s*=\\s*(?:"([^"<]*)"|'([^'<]*)')`, 'y');
const TAG_END = /\s*(\/?)>/y;

/**
 * XML as JSON, so that one language selects from both: attributes are members `@name`, child elements members by name
 * (same-named siblings a list), text beside them `#text`; an element that holds text only is that text. Without document
 * types: an entity cannot name anything but a character.
 */
export function parseXml(text: string, { prefixes = false }: XmlOptions = {}): ExactObject {
  return new XmlReader(text, prefixes).document();
}

class XmlReader {
  readonly #text: string;
  readonly #prefixes: boolean;
  #at: number;

  constructor(text: string, prefixes: boolean) {
    this.#text = text;
    this.#prefixes = prefixes;
    this.#at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  }

  document(): ExactObject {
    this.#prolog();
    const document: ExactObject = {};
    const { name, value } = this.#element(0);
    setMember(document, name, value);
    this.#prolog();
    if (this.#at < this.#text.length) throw this.#wrong('something follows the root element');
    return document;
  }

  /** Blanks, comments, instructions and a document type, none of which hold data. */
  #prolog(): void {
    for (;;) {
      while (/\s/.test(this.#text.charAt(this.#at))) this.#at += 1;
      if (!this.#skipped('<?', '?>') && !this.#skipped('<!--', '-->') && !this.#documentType()) return;
    }
  }

  #documentType(): boolean {
    if (!this.#text.startsWith('<!DOCTYPE', this.#at)) return false;
    const end = this.#text.indexOf('>', this.#at);
    if (end < 0 || this.#text.slice(this.#at, end).includes('['))
      throw this.#wrong('a document type that declares entities is refused');
    this.#at = end + 1;
    return true;
  }

  #element(depth: number): { name: string; value: ExactJson } {
    if (depth > DEEPEST) throw new BodySyntaxError(`the body is nested deeper than ${DEEPEST} levels`);
    const written = this.#match(OPENING)?.[1];
    if (written === undefined) throw this.#wrong('an element is expected');
    const members: ExactObject = {};
    let nil = false;
    for (let found = this.#match(ATTRIBUTE); found !== null; found = this.#match(ATTRIBUTE)) {
      const [, name = '', double, single] = found;
      if (name === 'xmlns' || name.startsWith('xmlns:')) continue;
      const content = double ?? single ?? '';
      // `xsi:nil`, by whatever prefix.
      nil ||= /(?:^|:)nil$/.test(name) && (content === 'true' || content === '1');
      const known = `@${this.#local(name)}`;
      setMember(members, Object.hasOwn(members, known) ? `@${name}` : known, decodeEntities(content));
    }
    const end = this.#match(TAG_END);
    if (end === null) throw this.#wrong(`the tag <${written}> is not closed`);
    const text = end[1] === '/' ? '' : this.#content(written, members, depth);
    return { name: this.#local(written), value: nil ? null : valueOf(members, text) };
  }

  /** Children go into `members`; the text between them is returned. */
  #content(element: string, members: ExactObject, depth: number): string {
    let text = '';
    for (;;) {
      const tag = this.#text.indexOf('<', this.#at);
      if (tag < 0) throw this.#wrong(`the body ends within <${element}>`);
      text += decodeEntities(this.#text.slice(this.#at, tag));
      this.#at = tag;
      if (this.#text.startsWith('<![CDATA[', tag)) {
        const end = this.#text.indexOf(']]>', tag);
        if (end < 0) throw this.#wrong(`the body ends within <${element}>`);
        text += this.#text.slice(tag + 9, end);
        this.#at = end + 3;
      } else if (this.#text.startsWith('</', tag)) {
        const closed = this.#match(CLOSING)?.[1];
        if (closed !== element) throw this.#wrong(`</${closed ?? '?'}> closes <${element}>`);
        return text;
      } else if (!this.#skipped('<!--', '-->') && !this.#skipped('<?', '?>')) {
        const child = this.#element(depth + 1);
        addChild(members, child.name, child.value);
      }
    }
  }

  #skipped(begin: string, end: string): boolean {
    if (!this.#text.startsWith(begin, this.#at)) return false;
    const found = this.#text.indexOf(end, this.#at + begin.length);
    if (found < 0) throw this.#wrong(`${begin} is not closed`);
    this.#at = found + end.length;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at = pattern.lastIndex;
    return found;
  }

  #local(name: string): string {
    return this.#prefixes ? name : name.slice(name.indexOf(':') + 1);
  }

  #wrong(what: string): BodySyntaxError {
    const before = this.#text.slice(0, this.#at);
    const line = before.split('\n').length;
    return new BodySyntaxError(
      `the body is not XML: ${what}, in line ${line}, column ${this.#at - before.lastIndexOf('\n')}`,
    );
  }
}

const SIBLINGS = new WeakSet<object>();

/** A second sibling of a name makes a list; a child is never a list itself. */
function addChild(members: ExactObject, name: string, value: ExactJson): void {
  const present = Object.hasOwn(members, name) ? members[name] : undefined;
  if (present === undefined) setMember(members, name, value);
  else if (Array.isArray(present) && SIBLINGS.has(present)) present.push(value);
  else {
    const list = [present, value];
    SIBLINGS.add(list);
    setMember(members, name, list);
  }
}

function valueOf(members: ExactObject, text: string): ExactJson {
  const trimmed = text.trim();
  if (Object.keys(members).length === 0) return trimmed;
  if (trimmed !== '') setMember(members, '#text', trimmed);
  return members;
}
