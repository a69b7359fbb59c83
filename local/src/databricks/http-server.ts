import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ApiError, invalidParameter } from './api-error.ts';

export interface Call {
  readonly method: string;
  /** Encoded path as sent. */
  readonly path: string;
  /** What follows the route's prefix, still encoded. */
  readonly rest: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Readable;
  /** Aborted when the caller goes away or the server stops. */
  readonly signal: AbortSignal;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly bytes?: Buffer | string;
  readonly stream?: Readable;
}

export interface Route {
  readonly method: string;
  /** The whole path, or a prefix when it ends in `/`. */
  readonly path: string;
  /** Whether it may be called without credentials. */
  readonly open?: boolean;
  readonly handle: (call: Call) => Reply | Promise<Reply>;
}

export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

const MAX_JSON_BYTES = 16 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 10 * 60_000;

/** Serves routes on loopback; every failure becomes an error in Databricks' form. */
export async function serve(
  routes: readonly Route[],
  options: {
    readonly port: number;
    readonly authorize: (authorization: string | undefined) => void;
    readonly onError: (error: unknown) => void;
  },
): Promise<RunningServer> {
  const stopping = new AbortController();
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    void answer(request, response).catch(options.onError);
  });

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const method = request.method ?? 'GET';
    const [path = '/', search = ''] = splitTarget(request.url ?? '/');
    try {
      const route = findRoute(routes, method, path);
      if (route?.open !== true) options.authorize(request.headers.authorization);
      if (route === undefined)
        throw new ApiError(404, 'ENDPOINT_NOT_FOUND', `No API found for '${method} ${path}'`);
      const reply = await route.handle({
        method,
        path,
        rest: path.slice(route.path.length - 1),
        query: new URLSearchParams(search),
        headers: request.headers,
        body: request,
        signal: AbortSignal.any([gone.signal, stopping.signal]),
      });
      await send(response, reply, method === 'HEAD');
    } catch (error) {
      if (!(error instanceof ApiError) && !gone.signal.aborted) options.onError(error);
      const failure =
        error instanceof ApiError
          ? error
          : new ApiError(500, 'INTERNAL_ERROR', 'the stand-in failed; see its log');
      if (response.headersSent) response.destroy();
      else {
        // An unread body would block the connection for its next request.
        if (!request.complete) response.setHeader('connection', 'close');
        await send(response, { status: failure.status, bytes: failure.toBody() }, method === 'HEAD');
      }
    }
  };

  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      stopping.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The parsed JSON object of a request's body. */
export async function readObject(call: Call): Promise<Record<string, unknown>> {
  const text = (await readBytes(call)).toString('utf8').trim();
  let value: unknown;
  try {
    value = text === '' ? {} : JSON.parse(text);
  } catch {
    throw new ApiError(400, 'MALFORMED_REQUEST', 'Could not parse request object: invalid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ApiError(400, 'MALFORMED_REQUEST', 'Could not parse request object: expected an object');
  }
  return value as Record<string, unknown>;
}

export async function readBytes(call: Call, maxBytes = MAX_JSON_BYTES): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of call.body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes)
      throw new ApiError(413, 'REQUEST_TOO_LARGE', `the body is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** An integer of the query within bounds, or its default. */
export function queryInteger(call: Call, name: string, fallback: number, min: number, max: number): number {
  const raw = call.query.get(name);
  if (raw === null || raw === '') return fallback;
  const value = Number(raw);
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw invalidParameter(`Invalid value for ${name}: ${raw} is not an integer from ${min} to ${max}`);
  }
  return value;
}

function findRoute(routes: readonly Route[], method: string, path: string): Route | undefined {
  return routes.find(
    (route) =>
      route.method === method &&
      (route.path.endsWith('/') && route.path !== '/' ? path.startsWith(route.path) : path === route.path),
  );
}

function splitTarget(target: string): [string, string] {
  const mark = target.indexOf('?');
  return mark < 0 ? [target, ''] : [target.slice(0, mark), target.slice(mark + 1)];
}

async function send(response: ServerResponse, reply: Reply, headOnly: boolean): Promise<void> {
  const bytes = reply.json === undefined ? reply.bytes : JSON.stringify(reply.json);
  response.writeHead(reply.status ?? 200, {
    'content-type': 'application/json',
    ...(bytes === undefined ? {} : { 'content-length': String(Buffer.byteLength(bytes)) }),
    ...reply.headers,
  });
  if (reply.stream === undefined || headOnly) {
    reply.stream?.destroy();
    response.end(headOnly ? undefined : bytes);
  } else {
    await pipeline(reply.stream, response);
  }
}

async function listen(server: Server, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(port, '127.0.0.1', resolve);
  await promise;
  server.off('error', reject);
}
