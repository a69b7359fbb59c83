import { BodySyntaxError } from '../exact-json.ts';

export interface BodyCharset {
  /** As the source declares it; goes before all else. */
  charset?: string | undefined;
  /** Content-Type of the answer. */
  contentType?: string | undefined;
}

/**
 * Text of a body: in the charset of the source, else of its byte order mark, of Content-Type, of an XML declaration, else
 * UTF-8; and what says nothing and is no UTF-8 is windows-1252, which loses no byte.
 */
export function bodyText(bytes: Uint8Array, { charset, contentType }: BodyCharset): string {
  const declared = charset ?? byteOrderMark(bytes) ?? charsetOf(contentType) ?? xmlEncoding(bytes);
  if (declared !== undefined) return decode(bytes, declared);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** Whether text can be decoded from it. */
export function isKnownCharset(charset: string): boolean {
  try {
    new TextDecoder(charset);
    return true;
  } catch {
    return false;
  }
}

function decode(bytes: Uint8Array, charset: string): string {
  if (!isKnownCharset(charset)) throw new BodySyntaxError(`the charset ${charset} of the body is not known`);
  return new TextDecoder(charset).decode(bytes);
}

function byteOrderMark([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

function charsetOf(contentType = ''): string | undefined {
  const [, charset] = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(contentType) ?? [];
  return charset !== undefined && isKnownCharset(charset) ? charset : undefined;
}

function xmlEncoding(bytes: Uint8Array): string | undefined {
  const beginning = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  return /^\s*<\?xml[^>]*\sencoding\s*=\s*["']([^"']+)["']/.exec(beginning)?.[1];
}
