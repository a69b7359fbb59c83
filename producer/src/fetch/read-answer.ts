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
export function readAnswer(
  { status, headers, bytes }: RawAnswer,
  { charset, archiveFile, largestBytes, observed, redact = String }: ReadAnswerOptions,
): HttpAnswer {
  if (status === 304) return { status, body: '', headers, notModified: true };
  const contentType = headers['content-type'];
  const text = (part: Buffer): string => bodyText(part, { charset, contentType });
  if (status < 200 || status >= 300) throw refusalOf({ status, headers, bytes, text, redact, observed });
  return { status, body: text(unpackedBody(bytes, archiveFile, largestBytes)), headers };
}

function unpackedBody(bytes: Buffer, archiveFile: string | undefined, most: number | undefined): Buffer {
  try {
    return unpacked(bytes, archiveFile, most);
  } catch (error) {
    if (!(error instanceof BodySyntaxError)) throw error;
    throw new UpstreamError('UpstreamShapeChanged', error.message, { cause: error });
  }
}
