import { httpOf, type Column, type Limit, type Source } from '@tributary/api';
import type { SecretFolder } from '@tributary/runtime';
import type { ExactJson } from '../extract/exact-json.ts';
import type { RawRecords } from '../extract/flat/flat-records.ts';
import type { HttpAnswer, HttpRequest } from '../fetch/http-fetcher.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { compileAlphaVantage } from './alpha-vantage-source.ts';
import { compileHttp } from './http-source.ts';
import type { WindowPlan } from './window-plan.ts';
import { unsupportedFields } from './unsupported-fields.ts';

/** Which page of a poll is asked for. */
export interface PageAsked {
  /** As the answer before it told; undefined for the first page. */
  token: string | undefined;
  /** Where the last complete poll got to. */
  cursor: string | undefined;
  /** Time that is asked for, in milliseconds since the epoch. */
  window?: { from: number; to: number } | undefined;
  /** Of dedupe: what is remembered of its records belongs to it. */
  generation?: number | undefined;
}

/** What making a request may need besides secrets. */
export interface RequestContext {
  now(): number;
  /** Asks another address than the API's, such as a token endpoint, under the same rules. */
  fetch(request: HttpRequest): Promise<HttpAnswer>;
  /** What must outlive the process; opaque to everybody else. */
  kept: { read(): string | undefined; write(text: string): Promise<void> };
}

/** What one answer holds. */
export interface PageAnswer {
  /** Raw, in the order of the answer. */
  records: RawRecords;
  /** The whole body, for columns that take a part of it. */
  readonly body?: ExactJson;
  /** Zone that the body states for times without one. */
  zone?: string;
  /** Asks for the following page; absent: this was the last. */
  next?: string;
  /** What a user should know though the answer is valid. */
  warning?: string;
}

/** How the answers of one source are read; needs no secret and no clock. */
export interface AnswerReading {
  /** Words that stand for a missing value. */
  readonly nulls: readonly string[];
  /** Throws an UpstreamError that says what the answer is instead. */
  read(answer: HttpAnswer, page: PageAsked): PageAnswer;
}

/** How one source is asked and read: a preset or a described HTTP API, compiled once per feed. */
export interface FeedSource extends AnswerReading {
  readonly limits: readonly Limit[];
  readonly allowPrivate: boolean;
  readonly timeoutMs: number;
  /** A poll stops, and says so, after this many pages. */
  readonly maxPages: number;
  /** Fingerprint of the request and of how its pages follow each other: a page's token is good for the same only. */
  readonly requestName: string;
  /** Column whose greatest value is the cursor. */
  readonly cursorColumn: string | undefined;
  /** Whether the answer to the same request may be a 304: the feed is one page without windows, and a page is one answer. */
  readonly conditional: boolean;
  /** Windows that polls and backfill ask for; absent where the request names none. */
  readonly windows?: WindowPlan | undefined;
  /** Secrets are read at each request, so that rotation needs no restart. */
  request(page: PageAsked, context: RequestContext): Promise<HttpRequest>;
  /** What a refusal means by the source's own rules; `Skip` where it is to be taken for an empty page. */
  explain?(refusal: UpstreamError): UpstreamError | 'Skip';
  /** The API did not take the proof of who we are; true when another may do. */
  refused?(): boolean;
}

/**
 * Throws an UpstreamError where a part of the source would have no effect. `columns` are those of the feed: the cursor is
 * written as its column says.
 */
export function compileSource(
  source: Source,
  secrets: SecretFolder,
  columns: readonly Column[] = [],
): FeedSource {
  const { alphaVantage } = source;
  const http = httpOf(source);
  const unsupported = unsupportedFields({ alphaVantage, http });
  if (unsupported.length > 0)
    throw new UpstreamError('NotYetSupported', `this version does not act on ${unsupported.join(', ')} yet`);
  if (alphaVantage !== undefined) return compileAlphaVantage(alphaVantage, secrets);
  if (http !== undefined) return compileHttp(http, secrets, columns);
  throw new TypeError('the source has neither a preset nor http');
}
