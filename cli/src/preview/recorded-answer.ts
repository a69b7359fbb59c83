import { readFile, stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import {
  BodySyntaxError,
  bodyText,
  readAnswer,
  UpstreamError,
  type HttpAnswer,
  type RawAnswer,
  type ReadAnswerOptions,
} from '@tributary/producer';
import { CliError } from '../output/cli-error.ts';

/** An answer that was saved: its body, and status and headers where they were saved too. */
export interface RecordedAnswer extends RawAnswer {
  from: string;
  /** When it was answered, as far as that is known: by its header Date, else by the file. */
  observed: number | undefined;
}

/** `-` is standard input. Status and headers are above the body, as `curl -i` puts them, or in a file of their own (`curl -D`). */
export async function recordedAnswer(file: string, headersFile?: string): Promise<RecordedAnswer> {
  const bytes = withoutMark(await bytesOf(file));
  const own = headersFile === undefined ? undefined : headIn(withoutMark(await bytesOf(headersFile)));
  if (headersFile !== undefined && own === undefined)
    throw new CliError(
      'HeadersUnreadable',
      `${headersFile} does not begin with a status line such as "HTTP/1.1 200 OK"`,
      'save it by curl -D, or save both in one file by curl -i',
    );
  const above = headIn(bytes);
  const { status, headers } = own ?? above ?? WITHOUT_HEAD;
  const date = Date.parse(headers['date'] ?? '');
  return {
    status,
    headers,
    bytes: decoded(above === undefined ? bytes : bytes.subarray(above.end), headers['content-encoding']),
    from: file === '-' ? 'standard input' : file,
    observed: Number.isNaN(date) ? await writtenAt(file) : date,
  };
}

/** Its text, unpacked and decoded; an UpstreamError where it is a refusal. */
export function textOf(recorded: RecordedAnswer, options: ReadAnswerOptions = {}): HttpAnswer {
  try {
    return readAnswer(recorded, { observed: recorded.observed, ...options });
  } catch (error) {
    const unreadable =
      error instanceof BodySyntaxError || (error instanceof UpstreamError && error.answer === undefined);
    if (!unreadable) throw error;
    const remedy = 'name the file of the archive in archiveFile';
    throw new CliError('AnswerUnreadable', `${recorded.from}: ${error.message}`, remedy, { cause: error });
  }
}

/** PowerShell writes what it is told in UTF-16, and others put a byte order mark above the head too. */
function withoutMark(bytes: Buffer): Buffer {
  if (bytes[0] !== 0xff && bytes[0] !== 0xef) return bytes;
  const text = bodyText(bytes.subarray(0, LONGEST_HEAD), {});
  if (!text.startsWith('HTTP/')) return bytes;
  return Buffer.from(bodyText(bytes, {}));
}

/** gzip is told by its bytes, and read wherever it comes. */
const DECODERS: Readonly<Record<string, (bytes: Buffer, bound: { maxOutputLength: number }) => Buffer>> = {
  br: brotliDecompressSync,
  deflate: inflateSync,
  zstd: zstdDecompressSync,
};
const LARGEST_DECODED = 256 * 1024 * 1024;

/** As it came over the wire, or decoded already (`curl --compressed` leaves the header as it was). */
function decoded(bytes: Buffer, encoding = ''): Buffer {
  const decode = DECODERS[encoding.trim().toLowerCase()];
  if (decode === undefined) return bytes;
  try {
    return decode(bytes, { maxOutputLength: LARGEST_DECODED });
  } catch {
    return bytes;
  }
}

interface Head {
  status: number;
  headers: Record<string, string>;
  /** Where the body begins. */
  end: number;
}

const WITHOUT_HEAD: Omit<Head, 'end'> = { status: 200, headers: {} };
const LONGEST_HEAD = 256 * 1024;

/** The last of the heads above a body: `curl -iL` saves that of each redirect, and a proxy adds its own. */
function headIn(bytes: Buffer): Head | undefined {
  const text = bytes.subarray(0, LONGEST_HEAD).toString('latin1');
  let head: Head | undefined;
  for (let at = 0; text.startsWith('HTTP/', at);) {
    const [status, number = ''] = /^HTTP\/[\d.]+ (\d{3})[^\r\n]*(?:\r?\n|$)/.exec(text.slice(at)) ?? [];
    if (status === undefined) break;
    const [lines, ends] = untilBlank(text, at + status.length);
    head = { status: Number(number), headers: headersOf(lines), end: ends };
    at = ends;
  }
  return head;
}

function untilBlank(text: string, from: number): [lines: string, end: number] {
  const blank = /^\r?\n|\r?\n\r?\n/.exec(text.slice(from));
  if (blank === null) return [text.slice(from), text.length];
  return [text.slice(from, from + blank.index), from + blank.index + blank[0].length];
}

/** Repeated headers are lists in one text, as HTTP has it. */
function headersOf(lines: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines.split(/\r?\n/)) {
    const [, name = '', value = ''] = /^([^:\s]+):\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === '') continue;
    const known = headers[name.toLowerCase()];
    headers[name.toLowerCase()] = known === undefined ? value : `${known}, ${value}`;
  }
  return headers;
}

async function writtenAt(file: string): Promise<number | undefined> {
  return file === '-' ? undefined : (await stat(file)).mtimeMs;
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    return file === '-' ? await buffer(process.stdin) : await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CliError('FileUnreadable', `${file} cannot be read (${code})`, 'check the path', {
      cause: error,
    });
  }
}
