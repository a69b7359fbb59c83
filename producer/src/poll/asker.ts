import type { Clock, SecretRegistry } from '@tributary/runtime';
import { digest } from '../extract/digest.ts';
import { BodySyntaxError } from '../extract/exact-json.ts';
import type { HttpAnswer, HttpFetcher, HttpRequest } from '../fetch/http-fetcher.ts';
import { rateLimitPauseMs, retryAfterMs } from '../fetch/rate-limit-headers.ts';
import { UpstreamError } from '../fetch/upstream-error.ts';
import type { FeedSource, PageAnswer, PageAsked, RequestContext } from '../source/feed-source.ts';
import { pollReached } from './poll-steps.ts';
import type { Quota } from './quota.ts';

const NEVER = new AbortController().signal;
const LONGEST_KEPT_CHARS = 64 * 1024;

/** What was answered, and what it takes to know it again. */
export interface Asked {
  answer: PageAnswer;
  /** The API says that nothing has changed since the last answer that was accepted. */
  notModified: boolean;
  /** Of the body. */
  fingerprint: string;
  /** Length of the body. */
  chars: number;
}

/** An answer that is not what the source selects; it is kept for whoever has to find out why. */
export class UnfitAnswer extends UpstreamError {
  override readonly name = 'UpstreamError';
  readonly body: string;

  constructor(error: UpstreamError, body: string) {
    super(error.code, error.message, { cause: error });
    this.body = body;
  }
}

interface Validators {
  url: string;
  headers: [string, string][];
}

/** Asks for pages: within the quota, with the validators of what is known, twice where the proof of who we are was stale. */
export class Asker {
  readonly #source: FeedSource;
  readonly #fetcher: HttpFetcher;
  readonly #secrets: SecretRegistry;
  readonly #quota: Quota;
  readonly #clock: Clock;
  readonly #kept: RequestContext['kept'];
  #latest: Validators | undefined;
  #accepted: Validators | undefined;

  constructor(options: {
    source: FeedSource;
    fetcher: HttpFetcher;
    secrets: SecretRegistry;
    quota: Quota;
    clock: Clock;
    kept: RequestContext['kept'];
  }) {
    this.#source = options.source;
    this.#fetcher = options.fetcher;
    this.#secrets = options.secrets;
    this.#quota = options.quota;
    this.#clock = options.clock;
    this.#kept = options.kept;
  }

  /**
   * The signals give up the request for the page alone: what it takes to prove who we are goes on up to its own deadline, as
   * a refresh token may be used up already, and the one that takes its place must not be lost.
   */
  async ask(page: PageAsked, signal: AbortSignal, cancelled?: AbortSignal): Promise<Asked> {
    const either = cancelled === undefined ? signal : AbortSignal.any([signal, cancelled]);
    const first = await this.#once(page, either).catch((error: unknown) => {
      const stale = error instanceof UpstreamError && error.answer?.status === 401;
      if (!stale || this.#source.refused?.() !== true) throw error;
      return undefined;
    });
    return first ?? this.#once(page, either);
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

  async #once(page: PageAsked, signal: AbortSignal): Promise<Asked> {
    // Whatever becomes of this request, what an earlier answer held may never have been committed.
    this.#latest = undefined;
    const request = await this.#source.request(page, this.#context());
    signal.throwIfAborted();
    await this.#quota.spend(signal);
    pollReached('requestCounted');
    try {
      const answer = await this.#fetcher.fetch(this.#conditional(request), signal);
      pollReached('bodyRead');
      await this.#heed(answer, signal);
      this.#latest = this.#source.conditional ? validatorsOf(request, answer) : undefined;
      if (answer.notModified === true) return this.#unmodified();
      return this.#read(answer, page);
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error;
      return await this.#explained(error, signal);
    }
  }

  #read(given: HttpAnswer, page: PageAsked): Asked {
    // The API may echo the key; it is gone before anything else sees the answer (Delivery 8).
    const text = this.#secrets.redact(given.body);
    const headers = Object.fromEntries(
      Object.entries(given.headers).map(([name, value = '']) => [name, this.#secrets.redact(value)]),
    );
    try {
      const answer = this.#source.read({ ...given, body: text, headers }, page);
      const fingerprint = answer.next === undefined ? '' : digest(text);
      return { answer, notModified: false, fingerprint, chars: text.length };
    } catch (error) {
      const unfit =
        error instanceof BodySyntaxError
          ? new UpstreamError('UpstreamShapeChanged', error.message, { cause: error })
          : error;
      if (unfit instanceof UpstreamError && unfit.code === 'UpstreamShapeChanged')
        throw new UnfitAnswer(unfit, text);
      throw this.#withItsPause(unfit, { ...given, body: text });
    }
  }

  /** What the source takes for a refusal may say when to come back, whatever its status. */
  #withItsPause(error: unknown, { status = 200, body, headers }: HttpAnswer): unknown {
    if (!(error instanceof UpstreamError) || error.needsUser || error.retryAfterMs !== undefined)
      return error;
    const waitMs = retryAfterMs(headers['retry-after'], this.#clock.now());
    if (waitMs === undefined) return error;
    const answer = { status, body: body.slice(0, LONGEST_KEPT_CHARS) };
    return new UpstreamError(error.code, error.message, { cause: error, retryAfterMs: waitMs, answer });
  }

  #unmodified(): Asked {
    if (this.#accepted === undefined)
      throw new UpstreamError('UpstreamFailed', 'status 304 to a request without conditions');
    this.#latest = this.#accepted;
    return { answer: { records: [] }, notModified: true, fingerprint: '', chars: 0 };
  }

  async #explained(error: UpstreamError, signal: AbortSignal): Promise<Asked> {
    const explained = this.#source.explain?.(error) ?? error;
    if (!(explained instanceof UpstreamError))
      return { answer: explained, notModified: false, fingerprint: '', chars: 0 };
    if (explained.retryAfterMs !== undefined && explained.answer !== undefined)
      await this.#quota.pause(explained.retryAfterMs, signal);
    throw explained.code === 'QuotaExhausted' ? this.#quota.untilReset(explained) : explained;
  }

  /** An answer may be the last before a limit. */
  async #heed({ headers }: HttpAnswer, signal: AbortSignal): Promise<void> {
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

function validatorsOf(request: HttpRequest, { headers }: HttpAnswer): Validators | undefined {
  const { etag, 'last-modified': modified } = headers;
  const conditions: [string, string][] = [
    ...(etag === undefined ? [] : ([['if-none-match', etag]] as [string, string][])),
    ...(modified === undefined ? [] : ([['if-modified-since', modified]] as [string, string][])),
  ];
  return conditions.length === 0 ? undefined : { url: request.url.href, headers: conditions };
}
