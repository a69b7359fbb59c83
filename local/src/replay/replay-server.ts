import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ReplayedApi } from './replayed-api.ts';

export interface ReplayServer {
  /** Address of an API of it. */
  urlOf(api: ReplayedApi): string;
  stop(): Promise<void>;
}

/** Serves replayed APIs on loopback, each at its path. */
export async function startReplayServer(
  apis: readonly ReplayedApi[],
  /** `answered` is called with each answer, before it is sent. */
  { port = 0, answered = () => undefined }: { port?: number; answered?: () => void } = {},
): Promise<ReplayServer> {
  const byPath = new Map(apis.map((api) => [api.path, api]));
  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? '/', 'http://replay');
    const api = url === null ? undefined : byPath.get(url.pathname);
    if (request.method !== 'GET' || url === null || api === undefined) {
      response.writeHead(404).end();
      return;
    }
    try {
      const { status, headers, body } = api.answer(url.searchParams);
      // Before it is sent: what the reader has seen must not be forgotten by a crash.
      answered();
      response.writeHead(status, headers).end(body);
    } catch (error) {
      // A full disk, say: the feed tells of it, and the next poll may do better.
      response.writeHead(500, { 'content-type': 'text/plain' }).end(String(error));
    }
  });
  await listen(server, port);
  const { port: bound } = server.address() as AddressInfo;
  return {
    urlOf: ({ path }) => `http://127.0.0.1:${bound}${path}`,
    stop: () => close(server),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
