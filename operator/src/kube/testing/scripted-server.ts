/** An HTTP server that answers as a test says, however rude, and a client for it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connectKube, type ConnectOptions } from '../connection.ts';
import type { KubeClient, KubeObject } from '../types.ts';

export type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

export interface ScriptedServer extends AsyncDisposable {
  url: string;
  /** `METHOD path?query` of every request so far. */
  requests: string[];
  /** Connections that were ever made. */
  connections: number;
  /** Breaks every open connection. */
  breakConnections(): void;
  client(options?: Partial<ConnectOptions>): KubeClient;
}

export async function startScriptedServer(answer: Answer): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const clients: KubeClient[] = [];
  const server = createServer((request, response) => {
    scripted.requests.push(`${request.method} ${request.url}`);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, response, Buffer.concat(chunks).toString('utf8')));
  });
  server.on('connection', (socket) => {
    scripted.connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const scripted: ScriptedServer = {
    url,
    requests: [],
    connections: 0,
    breakConnections: () => sockets.forEach((socket) => socket.destroy()),
    client(options = {}) {
      const credentials = {
        load: async () => ({ server: url, tls: {}, headers: { authorization: 'Bearer secret' } }),
      };
      const client = connectKube({ userAgent: 'tributary-test', credentials, ...options });
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.close()));
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return scripted;
}

export function sendJson(
  response: ServerResponse,
  body: unknown,
  code = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

export function sendStatus(
  response: ServerResponse,
  code: number,
  reason: string,
  headers: Record<string, string> = {},
): void {
  sendJson(
    response,
    { kind: 'Status', status: 'Failure', code, reason, message: `scripted ${reason}` },
    code,
    headers,
  );
}

export function configMap(name: string, resourceVersion: string, data: Record<string, string> = {}) {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion },
    data,
  } satisfies KubeObject & { data: Record<string, string> };
}

export function listOf(items: KubeObject[], resourceVersion: string) {
  return { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion }, items };
}

/** Begins a watch; write events with `event`. */
export function openWatch(response: ServerResponse): { event(type: string, object: object): void } {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  return { event: (type, object) => response.write(`${JSON.stringify({ type, object })}\n`) };
}

/** Resolves once `condition` holds; the test's own time-out is the limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
