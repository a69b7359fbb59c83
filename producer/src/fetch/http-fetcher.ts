import { create, isAxiosError, type AxiosInstance, type AxiosResponse } from 'axios';
import { AddressGuard } from './address-guard.ts';
import { ClientAgents, type ClientTls } from './client-agents.ts';
import { SMALLER_PAGES } from './page-bounds.ts';
import { decodedAnswer, openAnswer, type AnswerBytes } from './read-answer.ts';
import { UpstreamError } from './upstream-error.ts';

/** A request as the source describes it, secrets filled in. */
export interface HttpRequest {
  method: 'GET' | 'POST';
  url: URL;
  headers: [string, string][];
  body?: string;
  /** Charset of the answer, where the answer does not tell it rightly. */
  charset?: string;
  /** Which file is the body where it is an archive; `*` for any characters. @default the largest */
  archiveFile?: string;
  tls?: ClientTls;
}

/** A 2xx answer, or a 304 to a request that named what it has. */
export interface HttpAnswer {
  /** @default 200 */
  status?: number;
  body: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>;
  notModified?: boolean;
}

export interface FetcherOptions {
  /** Takes secrets out of what is quoted of an answer. @default nothing is taken out */
  redact?: (text: string) => string;
  allowPrivate: boolean;
  /** What counts as private, and how names are resolved. @default the networks of RFC 6890, and the system's resolver */
  guard?: AddressGuard;
  timeoutMs: number;
  userAgent: string;
  /** Of the body after decompression. @default 64 MiB */
  largestBytes?: number;
  /** Told how long each request took, whatever became of it, and how much there is to read. */
  observe?: (seconds: number, bytes: number) => void;
}

const MOST_REDIRECTS = 5;
const LARGEST_BYTES = 64 * 1024 * 1024;

/** Fetches one page: one deadline over all redirects, sizes bounded, private addresses refused unless allowed. */
export class HttpFetcher {
  readonly #client: AxiosInstance;
  readonly #options: FetcherOptions;
  readonly #agents: ClientAgents;
  readonly #guard: AddressGuard | undefined;

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#guard = options.allowPrivate ? undefined : (options.guard ?? new AddressGuard());
    this.#agents = new ClientAgents(this.#guard);
    this.#client = create({
      proxy: false,
      // Followed below, under the same rules and without credentials for other hosts.
      maxRedirects: 0,
      responseType: 'arraybuffer',
      maxContentLength: options.largestBytes ?? LARGEST_BYTES,
      validateStatus: () => true,
      transitional: { clarifyTimeoutError: true },
    });
  }

  /** A 2xx answer or a 304; everything else is an UpstreamError. */
  async fetch(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    return decodedAnswer(await this.fetchBytes(request, signal));
  }

  /** The same, its text not yet decoded. */
  async fetchBytes(request: HttpRequest, signal: AbortSignal): Promise<AnswerBytes> {
    const began = performance.now();
    let bytes = 0;
    try {
      const answer = await this.#follow(request, signal);
      bytes = answer.bytes.length;
      return answer;
    } finally {
      this.#options.observe?.((performance.now() - began) / 1_000, bytes);
    }
  }

  async #follow(request: HttpRequest, signal: AbortSignal): Promise<AnswerBytes> {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(this.#options.timeoutMs)]);
    let { url, headers, tls } = request;
    for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
      this.#guard?.assertPublic(url.hostname);
      const response = await this.#send({ ...request, url, headers }, tls, deadline, signal);
      const location = redirectOf(response);
      if (location === undefined) return this.#read(response, request);
      const next = nextHop(request.method, url, location);
      if (next.host !== url.host) [headers, tls] = [[], undefined];
      url = next;
    }
    throw new UpstreamError(
      'UpstreamFailed',
      `${request.url.host} redirects more than ${MOST_REDIRECTS} times`,
    );
  }

  close(): void {
    this.#agents.close();
  }

  #read(response: AxiosResponse<Buffer>, { charset, archiveFile }: HttpRequest): AnswerBytes {
    const { redact, largestBytes } = this.#options;
    const raw = { status: response.status, headers: textHeaders(response), bytes: response.data };
    return openAnswer(raw, { charset, archiveFile, largestBytes, redact });
  }

  async #send(
    request: HttpRequest,
    tls: ClientTls | undefined,
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
        ...this.#agents.for(tls),
        ...(request.body === undefined ? {} : { data: request.body }),
        signal: deadline,
      });
    } catch (error) {
      signal.throwIfAborted();
      throw asUpstreamError(error, request.url.host, this.#options);
    }
  }
}

function redirectOf({ status, headers }: AxiosResponse): string | undefined {
  const location: unknown = headers['location'];
  return status >= 300 && status < 400 && status !== 304 && typeof location === 'string'
    ? location
    : undefined;
}

function nextHop(method: HttpRequest['method'], url: URL, location: string): URL {
  const next = URL.parse(location, url.href);
  if (next === null) throw new UpstreamError('UpstreamFailed', `${url.host} redirects to nowhere`);
  if (next.protocol !== 'https:' && next.protocol !== url.protocol) {
    throw new UpstreamError(
      'AddressRefused',
      `${url.host} redirects to ${next.protocol}//${next.host}, which is not https`,
    );
  }
  if (method !== 'GET')
    throw new UpstreamError('BadRequest', `${url.host} redirects a ${method}; ask the address it names`);
  return next;
}

/** Repeated headers are lists in one text, as HTTP has it. */
function textHeaders({ headers }: AxiosResponse): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]: [string, unknown]) =>
      typeof value === 'string' ? [[name.toLowerCase(), value]] : [],
    ),
  );
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
    return new UpstreamError(
      'ResponseTooLarge',
      `${host} sent more than ${largestBytes} bytes; ${SMALLER_PAGES}`,
    );
  // The code only: a message could quote the URL, and the URL may hold the key.
  return new UpstreamError('Unreachable', `${host} cannot be reached (${error.code ?? 'no code'})`);
}
