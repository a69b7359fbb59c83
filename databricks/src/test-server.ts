import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a request was, as the server saw it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly authorization: string;
  readonly body: Buffer;
}

export type Answering = (seen: Seen, response: ServerResponse, count: number) => void;

/** A real HTTP server on loopback for the tests of this package; `count` counts requests from 1. */
export async function startServer(
  answer: Answering,
): Promise<{ url: string; seen: Seen[]; [Symbol.asyncDispose](): Promise<void> }> {
  const seen: Seen[] = [];
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const one = {
      method: request.method ?? '',
      url: request.url ?? '',
      authorization: request.headers.authorization ?? '',
      body: Buffer.concat(chunks),
    };
    seen.push(one);
    answer(one, response, seen.length);
  };
  const server = createServer((request, response) => {
    receive(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
