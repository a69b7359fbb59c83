import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { create, isAxiosError, type AxiosInstance, type AxiosResponse } from 'axios';
import { bodyText } from '../extract/body/body-text.ts';
import { assertPublicHost, publicLookup } from './address-guard.ts';
import { UpstreamError } from './upstream-error.ts';

/** A request as the source describes it, secrets filled in. */
export interface HttpRequest {
  method: 'GET' | 'POST';
  url: URL;
  headers: [string, string][];
  body?: string;
  /** Charset of the answer, where the answer does not tell it rightly. */
  charset?: string;
}

/** A 2xx answer. */
export interface HttpAnswer {
  body: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>;
}

export interface FetcherOptions {
  /** Takes secrets out of what is quoted of an answer. @default nothing is taken out */
  redact?: (text: string) => string;
  allowPrivate: boolean;
  timeoutMs: number;
  userAgent: string;
  /** Of the body after decompression. @default 64 MiB */
  largestBytes?: number;
  /** Told how long each request took, whatever became of it. */
  observe?: (seconds: number) => void;
}

const MOST_REDIRECTS = 5;
const LARGEST_BYTES = 64 * 1024 * 1024;
const LARGEST_QUOTED_BYTES = 64 * 1024;
const LONGEST_RETRY_AFTER_MS = 24 * 3_600_000;

/** Fetches one page: one deadline over all redirects, sizes bounded, private addresses refused unless allowed. */
export class HttpFetcher {
  readonly #client: AxiosInstance;
  readonly #options: FetcherOptions;
  readonly #agents: (HttpAgent | HttpsAgent)[];

  constructor(options: FetcherOptions) {
    this.#options = options;
    const sockets = {
      keepAlive: true,
      maxSockets: 4,
      ...(options.allowPrivate ? {} : { lookup: publicLookup }),
    };
    const [httpAgent, httpsAgent] = [new HttpAgent(sockets), new HttpsAgent(sockets)];
    this.#agents = [httpAgent, httpsAgent];
    this.#client = create({
      httpAgent,
      httpsAgent,
      proxy: false,
      // Followed below, under the same rules and without credentials for other hosts.
      maxRedirects: 0,
      responseType: 'arraybuffer',
      maxContentLength: options.largestBytes ?? LARGEST_BYTES,
      validateStatus: () => true,
      transitional: { clarifyTimeoutError: true },
    });
  }

  /** A 2xx answer; everything else is an UpstreamError. */
  async fetch(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const began = performance.now();
    try {
      return await this.#follow(request, signal);
    } finally {
      this.#options.observe?.((performance.now() - began) / 1_000);
    }
  }

  async #follow(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(this.#options.timeoutMs)]);
    let { url, headers } = request;
    for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
      if (!this.#options.allowPrivate) assertPublicHost(url.hostname);
      const response = await this.#send({ ...request, url, headers }, deadline, signal);
      const location =
        response.status >= 300 && response.status < 400
          ? (response.headers['location'] as string | undefined)
          : undefined;
      if (location === undefined) return readAnswer(response, request.charset, this.#options.redact);
      const next = URL.parse(location, url.href);
      if (next === null) throw new UpstreamError('UpstreamFailed', `${url.host} redirects to nowhere`);
      if (next.protocol !== 'https:' && next.protocol !== url.protocol) {
        throw new UpstreamError(
          'AddressRefused',
          `${url.host} redirects to ${next.protocol}//${next.host}, which is not https`,
        );
      }
      if (request.method !== 'GET')
        throw new UpstreamError(
          'BadRequest',
          `${url.host} redirects a ${request.method}; ask the address it names`,
        );
      if (next.host !== url.host) headers = [];
      url = next;
    }
    throw new UpstreamError(
      'UpstreamFailed',
      `${request.url.host} redirects more than ${MOST_REDIRECTS} times`,
    );
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }

  async #send(
    request: HttpRequest,
    deadline: AbortSignal,
    signal: AbortSignal,
  ): Promise<AxiosResponse<Buffer>> {
    try {
      return await this.#client.request<Buffer>({
        method: request.method,
        url: request.url.href,
        headers: {
          accept: 'application/json, */*;q=0.5',
          'user-agent': this.#options.userAgent,
          ...Object.fromEntries(request.headers),
        },
        ...(request.body === undefined ? {} : { data: request.body }),
        signal: deadline,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw asUpstreamError(error, request.url.host, this.#options);
    }
  }
}

function asUpstreamError(
  error: unknown,
  host: string,
  { timeoutMs, largestBytes = LARGEST_BYTES }: FetcherOptions,
): UpstreamError {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof UpstreamError) return cause;
  }
  if (!isAxiosError(error)) return new UpstreamError('Unreachable', `${host}: ${String(error)}`);
  if (error.code === 'ERR_CANCELED')
    return new UpstreamError('Unreachable', `${host} did not answer within ${timeoutMs / 1_000} s`);
  if (/maxContentLength/.test(error.message))
    return new UpstreamError('ResponseTooLarge', `${host} sent more than ${largestBytes} bytes`);
  // The code only: a message could quote the URL, and the URL may hold the key.
  return new UpstreamError('Unreachable', `${host} cannot be reached (${error.code ?? 'no code'})`);
}

/** The body of a refusal is quoted where it is likely to stay the same: a message must not change with every poll. */
function readAnswer(
  response: AxiosResponse<Buffer>,
  charset: string | undefined,
  redact: (text: string) => string = String,
): HttpAnswer {
  const { status } = response;
  if (status >= 200 && status < 300) {
    const link: unknown = response.headers['link'];
    const contentType: unknown = response.headers['content-type'];
    return {
      body: bodyText(response.data, {
        charset,
        contentType: typeof contentType === 'string' ? contentType : undefined,
      }),
      headers: { link: typeof link === 'string' ? link : undefined },
    };
  }
  const retryAfterMs = retryAfter(response.headers['retry-after']);
  const options = retryAfterMs === undefined ? {} : { retryAfterMs };
  // Redacted before it is cut, or half a key could stay.
  const said = redact(new TextDecoder('utf-8').decode(response.data.subarray(0, LARGEST_QUOTED_BYTES)))
    .replaceAll(/\s+/g, ' ')
    .trim()
    .slice(0, 300);
  const passing = status === 408 || status === 429 || status >= 500;
  const message = `status ${status}${said === '' || passing ? '' : `: ${said}`}`;
  if (status === 429) throw new UpstreamError('RateLimited', message, options);
  if (status === 401 || status === 403) throw new UpstreamError('AuthFailed', message);
  if (status === 408 || status >= 500) throw new UpstreamError('UpstreamFailed', message, options);
  throw new UpstreamError('BadRequest', message);
}

/** Retry-After in seconds or as a date, bounded. */
function retryAfter(value: unknown): number | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), LONGEST_RETRY_AFTER_MS) : undefined;
}
