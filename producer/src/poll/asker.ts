import type { Clock } from '@tributary/runtime';
import type { HttpFetcher, HttpRequest } from '../fetch/http-fetcher.ts';
import type { AnswerBytes } from '../fetch/read-answer.ts';
import { rateLimitPauseMs } from '../fetch/rate-limit-headers.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { nothingRead, type AnswerRead } from '../read/answer-reader.ts';
import type { PageReading } from '../read/page-reading.ts';
import type { Hearing } from '../read/reading-thread.ts';
import type { FeedSource, PageAsked, RequestContext } from '../source/feed-source.ts';
import { pollReached } from './poll-steps.ts';
import type { Quota } from './quota.ts';

const NEVER = new AbortController().signal;

interface Validators {
  url: string;
  headers: [string, string][];
}

/** Asks for pages: within the quota, with the validators of what is known, twice where the proof of who we are was stale. */
export class Asker {
  readonly #source: FeedSource;
  readonly #fetcher: HttpFetcher;
  readonly #quota: Quota;
  readonly #clock: Clock;
  readonly #reading: PageReading;
  readonly #kept: RequestContext['kept'];
  #latest: Validators | undefined;
  #accepted: Validators | undefined;

  constructor(options: {
    source: FeedSource;
    fetcher: HttpFetcher;
    quota: Quota;
    clock: Clock;
    reading: PageReading;
    kept: RequestContext['kept'];
  }) {
    this.#source = options.source;
    this.#fetcher = options.fetcher;
    this.#quota = options.quota;
    this.#clock = options.clock;
    this.#reading = options.reading;
    this.#kept = options.kept;
  }

  /**
   * Undefined where the API says that nothing has changed since the last answer that was accepted. The signal gives up the
   * request for the page alone: what it takes to prove who we are goes on up to its own deadline, as a refresh token may be
   * used up already, and the one that takes its place must not be lost.
   */
  async ask(page: PageAsked, hearing: Hearing): Promise<AnswerRead | undefined> {
    try {
      return await this.#once(page, hearing);
    } catch (error) {
      const stale = error instanceof UpstreamError && error.answer?.status === 401;
      if (!stale || this.#source.refused?.() !== true) throw error;
    }
    return await this.#once(page, hearing);
  }

  /** What the last answer held is committed: only now may the next request say that we have it. */
  accept(): void {
    this.#accepted = this.#latest;
  }

  /** Nothing is known any more of what was accepted. */
  forget(): void {
    this.#accepted = undefined;
    this.#latest = undefined;
  }

  async #once(page: PageAsked, hearing: Hearing): Promise<AnswerRead | undefined> {
    const { signal } = hearing;
    // Whatever becomes of this request, what an earlier answer held may never have been committed.
    this.#latest = undefined;
    const request = await this.#source.request(page, this.#context());
    signal.throwIfAborted();
    await this.#quota.spend(signal);
    pollReached('requestCounted');
    try {
      const answer = await this.#fetcher.fetchBytes(this.#conditional(request), signal);
      pollReached('bodyRead');
      await this.#heed(answer, signal);
      this.#latest = this.#source.conditional ? validatorsOf(request, answer) : undefined;
      if (answer.notModified === true) return this.#unmodified();
      return await this.#reading.read(answer, page, hearing);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      return await this.#explained(error, signal);
    }
  }

  #unmodified(): undefined {
    if (this.#accepted === undefined)
      throw new UpstreamError('UpstreamFailed', 'status 304 to a request without conditions');
    this.#latest = this.#accepted;
  }

  async #explained(error: UpstreamError, signal: AbortSignal): Promise<AnswerRead> {
    const explained = this.#source.explain?.(error) ?? error;
    if (explained === 'Skip') return nothingRead();
    if (explained.retryAfterMs !== undefined && explained.answer !== undefined)
      await this.#quota.pause(explained.retryAfterMs, signal);
    throw explained.code === 'QuotaExhausted' ? this.#quota.untilReset(explained) : explained;
  }

  /** An answer may be the last before a limit. */
  async #heed({ headers }: AnswerBytes, signal: AbortSignal): Promise<void> {
    const pauseMs = rateLimitPauseMs(headers, this.#clock.now());
    if (pauseMs !== undefined) await this.#quota.pause(pauseMs, signal);
  }

  #conditional(request: HttpRequest): HttpRequest {
    const known = this.#accepted;
    if (!this.#source.conditional || known?.url !== request.url.href) return request;
    return { ...request, headers: [...request.headers, ...known.headers] };
  }

  #context(): RequestContext {
    return {
      now: () => this.#clock.now(),
      fetch: (request) => this.#fetcher.fetch(request, NEVER),
      kept: this.#kept,
    };
  }
}

function validatorsOf(request: HttpRequest, { headers }: AnswerBytes): Validators | undefined {
  const { etag, 'last-modified': modified } = headers;
  const conditions: [string, string][] = [
    ...(etag === undefined ? [] : ([['if-none-match', etag]] as [string, string][])),
    ...(modified === undefined ? [] : ([['if-modified-since', modified]] as [string, string][])),
  ];
  return conditions.length === 0 ? undefined : { url: request.url.href, headers: conditions };
}
