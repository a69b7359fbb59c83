import { bodyText } from '../extract/body/body-text.ts';
import { unpacked } from '../extract/body/unpacked.ts';
import { BodySyntaxError } from '../extract/exact-json.ts';
import type { HttpAnswer } from './http-fetcher.ts';
import { refusalOf } from './refusal.ts';
import { UpstreamError } from './upstream-error.ts';

/** What came over the wire, or out of a file that keeps it. */
export interface RawAnswer {
  status: number;
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>;
  bytes: Buffer;
}

/** A 2xx answer, unpacked, its text not yet decoded; or a 304. */
export interface AnswerBytes {
  status: number;
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>;
  bytes: Uint8Array;
  /** Of the text, where the answer does not tell it rightly. */
  charset?: string | undefined;
  notModified?: boolean;
}

export interface ReadAnswerOptions {
  charset?: string | undefined;
  archiveFile?: string | undefined;
  largestBytes?: number | undefined;
  /** When it was answered, in milliseconds. @default now */
  observed?: number | undefined;
  /** Takes secrets out of what is quoted of a refusal. @default nothing is taken out */
  redact?: ((text: string) => string) | undefined;
}

/** The text of a 2xx answer, unpacked and decoded; everything else but 304 is an UpstreamError. */
export function readAnswer(raw: RawAnswer, options: ReadAnswerOptions): HttpAnswer {
  return decodedAnswer(openAnswer(raw, options));
}

/** The same before it is decoded. */
export function openAnswer(
  { status, headers, bytes }: RawAnswer,
  { charset, archiveFile, largestBytes, observed, redact = String }: ReadAnswerOptions,
): AnswerBytes {
  if (status === 304) return { status, bytes: new Uint8Array(), headers, notModified: true };
  const text = (part: Buffer): string => bodyText(part, { charset, contentType: headers['content-type'] });
  if (status < 200 || status >= 300) throw refusalOf({ status, headers, bytes, text, redact, observed });
  return { status, bytes: unpackedBody(bytes, archiveFile, largestBytes), headers, charset };
}

export function decodedAnswer({ bytes, charset, ...rest }: AnswerBytes): HttpAnswer {
  return { ...rest, body: bodyText(bytes, { charset, contentType: rest.headers['content-type'] }) };
}

function unpackedBody(bytes: Buffer, archiveFile: string | undefined, most: number | undefined): Buffer {
  try {
    return unpacked(bytes, archiveFile, most);
  } catch (error) {
    if (!(error instanceof BodySyntaxError)) throw error;
    throw new UpstreamError('UpstreamShapeChanged', error.message, { cause: error });
  }
}
