import http from 'node:http';
import https from 'node:https';
import axios, { type AxiosInstance } from 'axios';
import { abortable } from './abortable.ts';
import { errorOfAnswer } from './answer-error.ts';
import { answerObject } from './answer-object.ts';
import { createAuthenticator, type Authenticator, type DatabricksAuth } from './auth.ts';
import type { Clock } from './clock.ts';
import { DatabricksTransientError, DatabricksUserError } from './errors.ts';
import { delayBeforeRetry, isRetryableStatus, retryAfterMs } from './retry-policy.ts';
import { redactor, type Secret } from './secret.ts';

export interface Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Encoded path, starting with `/api/…`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly json?: unknown;
  readonly body?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether sending it twice does no harm; decides whether a lost answer is retried. @default true except for POST */
  readonly repeatable?: boolean;
  /** Largest answer accepted, in bytes. @default 32 MiB */
  readonly maxAnswerBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What one HTTP attempt was and how it ended, for metrics and logs; holds nothing secret. */
export interface Attempt {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  /** HTTP status, 0 when no answer came. */
  readonly status: number;
  readonly milliseconds: number;
  readonly attempt: number;
}

export interface TransportOptions {
  readonly origin: string;
  readonly auth: DatabricksAuth;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly retryBudgetMs: number;
  readonly requestTimeoutMs: number;
  readonly proxy: boolean;
  readonly onAttempt: ((attempt: Attempt) => void) | undefined;
}

const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** The slowest upload that is still taken for alive. */
const MIN_UPLOAD_BYTES_PER_MS = 256;
const MAX_SOCKETS = 16;

type Outcome =
  { readonly answer: Answer } | { readonly lost: 'NETWORK' | 'DEADLINE'; readonly reason: string };

/** Sends requests with deadlines, bounded answers, authentication and retries; every failure is a DatabricksError. */
export class Transport {
  readonly #options: TransportOptions;
  readonly #axios: AxiosInstance;
  readonly #agents: readonly [http.Agent, https.Agent];
  readonly #authenticator: Authenticator;
  readonly #redact: (text: string) => string;

  constructor(options: TransportOptions) {
    this.#options = options;
    const sockets = { keepAlive: true, maxSockets: MAX_SOCKETS };
    this.#agents = [new http.Agent(sockets), new https.Agent(sockets)];
    this.#axios = axios.create({
      baseURL: options.origin,
      adapter: 'http',
      httpAgent: this.#agents[0],
      httpsAgent: this.#agents[1],
      ...(options.proxy ? {} : { proxy: false as const }),
      maxRedirects: 0,
      maxBodyLength: Infinity, // our own buffers, bounded by those who make them
      responseType: 'arraybuffer',
      validateStatus: () => true,
      transformRequest: [(data: unknown) => data],
      transformResponse: [(data: unknown) => data],
    });
    this.#authenticator = createAuthenticator(
      options.auth,
      (form, basic) => this.#requestToken(form, basic),
      options.clock,
    );
    this.#redact = redactor(() => this.#authenticator.secrets());
  }

  /** Any 2xx answer; throws a DatabricksError otherwise, or the signal's reason when aborted. */
  async send(request: Request): Promise<Answer> {
    const token = await abortable(this.#authenticator.token(), request.signal);
    let answer = await this.#withRetries(request, token);
    // An expired token can surface as either; a renewed one is tried once.
    if (answer.status === 401 || answer.status === 403) {
      const other = await abortable(this.#authenticator.renew(token), request.signal);
      if (other !== undefined) answer = await this.#withRetries(request, other);
    }
    if (!isSuccess(answer)) throw this.#failure(request, answer);
    return answer;
  }

  /** The parsed JSON object of a 2xx answer; an empty body is an empty object. */
  async json(request: Request): Promise<Record<string, unknown>> {
    const answer = await this.send(request);
    return answerObject(answer, request);
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  async #requestToken(
    form: Record<string, string>,
    basic?: { user: string; password: Secret },
  ): Promise<unknown> {
    const credentials =
      basic === undefined
        ? undefined
        : Buffer.from(`${encodeURIComponent(basic.user)}:${encodeURIComponent(basic.password.reveal())}`);
    const request: Request = {
      method: 'POST',
      path: '/oidc/v1/token',
      body: Buffer.from(new URLSearchParams(form).toString()),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...(credentials === undefined ? {} : { authorization: `Basic ${credentials.toString('base64')}` }),
      },
      repeatable: true,
      maxAnswerBytes: 1024 * 1024,
    };
    const answer = await this.#withRetries(request, undefined);
    if (isSuccess(answer)) return answerObject(answer, request);
    const failure = this.#failure(request, answer);
    // OAuth refuses bad credentials with 400 as well as 401.
    if (failure.kind === 'retry' || failure.kind === 'wait') throw failure;
    throw new DatabricksUserError(
      failure,
      'check the client id and secret (or the federation policy) of the connection, and its host',
    );
  }

  async #withRetries(request: Request, token: Secret | undefined): Promise<Answer> {
    const { clock, random } = this.#options;
    const giveUpAt = clock.now() + this.#options.retryBudgetMs;
    const repeatable = request.repeatable ?? request.method !== 'POST';
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.#attempt(request, token, attempt, giveUpAt - clock.now());
      if ('answer' in outcome && !isRetryableStatus(outcome.answer.status, repeatable)) {
        return outcome.answer;
      }
      const asked =
        'answer' in outcome ? retryAfterMs(outcome.answer.headers['retry-after'], clock.now()) : undefined;
      const delay = delayBeforeRetry(attempt, asked, random);
      const mayRepeat = 'answer' in outcome || repeatable;
      if (!mayRepeat || clock.now() + delay >= giveUpAt) throw this.#exhausted(request, outcome, attempt);
      await clock.sleep(delay, request.signal);
    }
  }

  async #attempt(
    request: Request,
    token: Secret | undefined,
    attempt: number,
    remainingMs: number,
  ): Promise<Outcome> {
    const body = request.json === undefined ? request.body : Buffer.from(JSON.stringify(request.json));
    const uploadMs = (body?.length ?? 0) / MIN_UPLOAD_BYTES_PER_MS;
    const deadline = AbortSignal.timeout(
      Math.ceil(Math.max(1, Math.min(remainingMs, this.#options.requestTimeoutMs + uploadMs))),
    );
    const started = this.#options.clock.now();
    const report = (status: number): void =>
      this.#options.onAttempt?.({
        method: request.method,
        path: request.path,
        status,
        milliseconds: this.#options.clock.now() - started,
        attempt,
      });
    try {
      const response = await this.#axios.request<Buffer>({
        method: request.method,
        url: request.path,
        params: request.query,
        data: body,
        headers: {
          accept: request.json === undefined && request.method === 'GET' ? '*/*' : 'application/json',
          'user-agent': this.#options.userAgent,
          ...(body === undefined
            ? {}
            : {
                'content-type': request.json === undefined ? 'application/octet-stream' : 'application/json',
              }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token.reveal()}` }),
          ...request.headers,
        },
        maxContentLength: request.maxAnswerBytes ?? MAX_ANSWER_BYTES,
        signal: request.signal === undefined ? deadline : AbortSignal.any([request.signal, deadline]),
      });
      report(response.status);
      return {
        answer: {
          status: response.status,
          headers: plainHeaders(response.headers),
          body: response.data ?? Buffer.alloc(0),
        },
      };
    } catch (error) {
      request.signal?.throwIfAborted();
      report(0);
      return this.#lost(error, request, deadline);
    }
  }

  /** An axios error holds the request with its headers: only its code may leave here, never the error itself. */
  #lost(error: unknown, request: Request, deadline: AbortSignal): Outcome {
    if (deadline.aborted) return { lost: 'DEADLINE', reason: 'no answer before the deadline' };
    const code = axios.isAxiosError(error) ? (error.code ?? 'unknown') : undefined;
    if (code === undefined) throw error;
    if (code === 'ERR_BAD_RESPONSE' && /maxContentLength/.test((error as Error).message)) {
      throw new DatabricksUserError(
        {
          status: 0,
          errorCode: 'ANSWER_TOO_LARGE',
          message: `the answer is larger than ${request.maxAnswerBytes ?? MAX_ANSWER_BYTES} bytes`,
          request: `${request.method} ${this.#redact(request.path)}`,
        },
        'ask for less at once',
      );
    }
    return { lost: 'NETWORK', reason: code };
  }

  #exhausted(request: Request, outcome: Outcome, attempts: number): Error {
    if ('answer' in outcome) return this.#failure(request, outcome.answer);
    return new DatabricksTransientError({
      status: 0,
      errorCode: outcome.lost,
      message: `${request.method} got no answer in ${attempts} attempt${attempts === 1 ? '' : 's'} (${outcome.reason})`,
      request: `${request.method} ${this.#redact(request.path)}`,
    });
  }

  #failure(request: Request, answer: Answer): ReturnType<typeof errorOfAnswer> {
    return errorOfAnswer(
      {
        status: answer.status,
        body: answer.body,
        contentType: answer.headers['content-type'] ?? '',
        retryAfterMs: retryAfterMs(answer.headers['retry-after'], this.#options.clock.now()),
        method: request.method,
        path: request.path,
      },
      this.#redact,
    );
  }
}

function isSuccess({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

function plainHeaders(headers: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}
