/** Sends requests to the API server: deadlines, retries where the server asks for them, and limits on what is read. */
import type { Dispatcher } from 'undici';
import { backoffMs, type BackoffOptions, type Random } from './backoff.ts';
import { type Clock, sleep } from './clock.ts';
import type { Connection, Route } from './connection.ts';
import { errorFromResponse, KubeApiError } from './errors.ts';
import { LineSplitter } from './json-lines.ts';
import type { KubeLog } from './log.ts';
import type { KubeMetrics } from './metrics.ts';

export interface TransportLimits {
  /** From sending a request to the last byte of its answer, for each try. @default 30 s */
  requestTimeoutMs: number;
  /** Past this nothing may have come on a watch; bookmarks come about every 60 s. @default 150 s */
  watchIdleMs: number;
  /** Of one answer. @default 128 MiB */
  maxResponseBytes: number;
  /** Of one watch event; etcd keeps objects under 1.5 MiB. @default 16 MiB */
  maxEventBytes: number;
  /** After 429, or 5xx with Retry-After; reads also after a broken connection. @default 5 */
  maxRetries: number;
  /** A longer Retry-After is cut to it. @default 30 s */
  maxRetryAfterMs: number;
}

export const DEFAULT_LIMITS: TransportLimits = {
  requestTimeoutMs: 30_000,
  watchIdleMs: 150_000,
  maxResponseBytes: 128 * 1024 * 1024,
  maxEventBytes: 16 * 1024 * 1024,
  maxRetries: 5,
  maxRetryAfterMs: 30_000,
};

export interface TransportOptions {
  connection: Connection;
  userAgent: string;
  limits: Partial<TransportLimits>;
  clock: Clock;
  random: Random;
  log: KubeLog;
  metrics: KubeMetrics;
}

export interface KubeRequest {
  method: string;
  /** With its query. */
  path: string;
  body?: string;
  contentType?: string;
  accept?: string;
  signal?: AbortSignal | undefined;
  /** Called before each try; what it throws ends the request. */
  beforeTry?: (() => void) | undefined;
}

const RETRY_BACKOFF: BackoffOptions = { baseMs: 100, maxMs: 5_000, jitter: 0.5 };
const MAX_ERROR_BYTES = 64 * 1024;

export class Transport {
  readonly #options: TransportOptions;
  readonly #limits: TransportLimits;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
  }

  close(): Promise<void> {
    return this.#options.connection.close();
  }

  /** The text of the answer. Throws a KubeApiError, or the signal's reason when the caller aborts. */
  async send(request: KubeRequest): Promise<string> {
    const { clock, random, log, metrics } = this.#options;
    let renewed = false;
    for (let tries = 0; ;) {
      const route = await this.#route();
      request.beforeTry?.();
      const attempt = await this.#attempt(route, request);
      if ('text' in attempt) return attempt.text;
      const { error } = attempt;
      if (error.isUnauthorized && !renewed) {
        // The token may have been rotated since it was read.
        renewed = true;
        await this.#options.connection.renew(route);
        continue;
      }
      if (tries >= this.#limits.maxRetries || !isRetriable(request.method, error)) throw error;
      const wait = Math.min(error.retryAfterMs ?? 0, this.#limits.maxRetryAfterMs);
      const waitMs = wait + backoffMs(tries, RETRY_BACKOFF, random);
      tries += 1;
      metrics.requestRetried(request.method, route.host, codeOf(error));
      log.debug(
        { method: request.method, path: pathOnly(request.path), code: error.code, waitMs, tries },
        'retry',
      );
      await sleep(clock, waitMs, request.signal);
    }
  }

  /** The lines of an answer that goes on until the server or `request.signal` ends it. */
  async *lines(request: KubeRequest & { signal: AbortSignal }): AsyncGenerator<string, void, undefined> {
    const { clock, metrics } = this.#options;
    const route = await this.#route();
    const label = `${request.method} ${pathOnly(request.path)}`;
    const guard = new Guard(clock, request.signal);
    const startedAt = clock.monotonic();
    try {
      guard.arm(this.#limits.requestTimeoutMs, () => timeoutError(label, this.#limits.requestTimeoutMs));
      const response = await this.#dispatch(route.watches, route, request, guard.signal);
      metrics.request(
        'WATCH',
        route.host,
        String(response.statusCode),
        (clock.monotonic() - startedAt) / 1000,
      );
      if (response.statusCode !== 200) {
        const text = await readText(response.body, MAX_ERROR_BYTES);
        if (response.statusCode === 401) await this.#options.connection.renew(route);
        throw errorFromResponse(label, response.statusCode, text, this.#retryAfter(response));
      }
      const chunks = response.body[Symbol.asyncIterator]();
      const splitter = new LineSplitter(this.#limits.maxEventBytes);
      try {
        for (;;) {
          // Armed only while waiting for the server: a slow reader is not a silent server.
          guard.arm(this.#limits.watchIdleMs, () => idleError(label, this.#limits.watchIdleMs));
          const chunk = await chunks.next();
          guard.disarm();
          if (chunk.done === true) break;
          yield* splitter.push(chunk.value as Buffer);
        }
      } finally {
        response.body.destroy();
      }
      if (splitter.isMidLine) {
        throw new KubeApiError({
          code: 0,
          reason: 'ConnectionFailed',
          message: `${label}: ended within an event`,
        });
      }
    } catch (error) {
      throw guard.explain(error, label);
    } finally {
      guard.dispose();
    }
  }

  async #route(): Promise<Route> {
    try {
      return await this.#options.connection.route();
    } catch (error) {
      throw new KubeApiError({
        code: 0,
        reason: 'ConnectionFailed',
        message: `cannot read the credentials for the API server: ${messageOf(error)}`,
        cause: error,
      });
    }
  }

  async #attempt(route: Route, request: KubeRequest): Promise<{ text: string } | { error: KubeApiError }> {
    const { clock, metrics } = this.#options;
    const label = `${request.method} ${pathOnly(request.path)}`;
    const guard = new Guard(clock, request.signal);
    const startedAt = clock.monotonic();
    let code = '<error>';
    try {
      guard.arm(this.#limits.requestTimeoutMs, () => timeoutError(label, this.#limits.requestTimeoutMs));
      const response = await this.#dispatch(route.verbs, route, request, guard.signal);
      const ok = response.statusCode >= 200 && response.statusCode < 300;
      const text = await readText(response.body, ok ? this.#limits.maxResponseBytes : MAX_ERROR_BYTES);
      code = String(response.statusCode);
      if (ok) return { text };
      return { error: errorFromResponse(label, response.statusCode, text, this.#retryAfter(response)) };
    } catch (error) {
      const explained = guard.explain(error, label);
      if (explained instanceof KubeApiError) return { error: explained };
      throw explained;
    } finally {
      guard.dispose();
      metrics.request(request.method, route.host, code, (clock.monotonic() - startedAt) / 1000);
    }
  }

  #dispatch(
    dispatcher: Dispatcher,
    route: Route,
    request: KubeRequest,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const headers: Record<string, string> = {
      ...route.headers,
      'user-agent': this.#options.userAgent,
      accept: request.accept ?? 'application/json',
    };
    if (request.body !== undefined) headers['content-type'] = request.contentType ?? 'application/json';
    return dispatcher.request({
      origin: route.origin,
      path: route.prefix + request.path,
      method: request.method as Dispatcher.HttpMethod,
      headers,
      body: request.body ?? null,
      signal,
    });
  }

  /** Retry-After in milliseconds: seconds or an HTTP date. */
  #retryAfter(response: Dispatcher.ResponseData): number | undefined {
    const header = response.headers['retry-after'];
    const text = Array.isArray(header) ? header[0] : header;
    if (text === undefined) return undefined;
    if (/^\d+$/.test(text)) return Number(text) * 1000;
    const date = Date.parse(text);
    return Number.isNaN(date) ? undefined : Math.max(0, date - this.#options.clock.now());
  }
}

/** One abort signal for a request, fired by the caller's or by a timer, that remembers which it was. */
class Guard {
  readonly #clock: Clock;
  readonly #caller: AbortSignal | undefined;
  readonly #controller = new AbortController();
  readonly #onAbort = () => this.#controller.abort(this.#caller?.reason);
  #cancel: (() => void) | undefined;
  #timedOut: KubeApiError | undefined;

  constructor(clock: Clock, caller: AbortSignal | undefined) {
    this.#clock = clock;
    this.#caller = caller;
    if (caller?.aborted) this.#onAbort();
    else caller?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  arm(ms: number, error: () => KubeApiError): void {
    this.disarm();
    this.#cancel = this.#clock.schedule(ms, () => {
      this.#timedOut = error();
      this.#controller.abort(this.#timedOut);
    });
  }

  disarm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  dispose(): void {
    this.disarm();
    this.#caller?.removeEventListener('abort', this.#onAbort);
  }

  /** What to throw for `error`. */
  explain(error: unknown, label: string): unknown {
    if (this.#timedOut !== undefined) return this.#timedOut;
    if (this.#caller?.aborted) return this.#caller.reason;
    if (error instanceof KubeApiError) return error;
    const reason = error instanceof RangeError ? 'ResponseTooLarge' : 'ConnectionFailed';
    return new KubeApiError({ code: 0, reason, message: `${label}: ${messageOf(error)}`, cause: error });
  }
}

async function readText(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new RangeError(`the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return (chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)).toString(
    'utf8',
  );
}

function isRetriable(method: string, error: KubeApiError): boolean {
  // The API server refuses with 429 before it does anything.
  if (error.code === 429) return true;
  if (error.code >= 500) return error.retryAfterMs !== undefined;
  // A write whose answer was lost may have been done: its caller decides.
  return method === 'GET' && error.code === 0 && error.reason === 'ConnectionFailed';
}

function timeoutError(label: string, ms: number): KubeApiError {
  return new KubeApiError({ code: 0, reason: 'Timeout', message: `${label}: no answer within ${ms} ms` });
}

function idleError(label: string, ms: number): KubeApiError {
  return new KubeApiError({ code: 0, reason: 'WatchIdle', message: `${label}: nothing came for ${ms} ms` });
}

function codeOf(error: KubeApiError): string {
  return error.code === 0 ? '<error>' : String(error.code);
}

function pathOnly(path: string): string {
  const query = path.indexOf('?');
  return query < 0 ? path : path.slice(0, query);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : '';
  return `${error.message}${code}`;
}
