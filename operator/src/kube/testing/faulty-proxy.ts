/** Stands between a client and a real API server, and does to its requests what networks and busy servers do. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { connectKube, type ConnectOptions } from '../connection.ts';
import type { KubeClient } from '../types.ts';
import { sendStatus } from './scripted-server.ts';

export interface Upstream {
  server: string;
  caData: string;
  certData: string;
  keyData: string;
}

/** What becomes of a request; `lost`: it is done, and the answer never arrives. */
export type Fate = 'passed' | '429' | '500' | '503' | 'refused' | 'lost';

export interface FaultyProxy extends AsyncDisposable {
  /** Of each request that comes; all pass until told otherwise. */
  fate: (request: IncomingMessage) => Fate;
  /** Requests by what became of them. */
  readonly fates: Map<Fate, number>;
  readonly url: string;
  /** Every connection that is open stays so, and nothing ever comes through it again: the other end is gone. */
  halfOpenAll(): void;
  readonly openWatches: number;
  /** Every watch ends with 410, as by a server that has forgotten where it was. */
  expireWatches(): void;
  client(options?: Partial<ConnectOptions>): KubeClient;
}

export async function startFaultyProxy({
  server,
  caData,
  certData,
  keyData,
}: Upstream): Promise<FaultyProxy> {
  const decode = (data: string): Buffer => Buffer.from(data, 'base64');
  const agent = new Agent({
    keepAlive: true,
    ca: decode(caData),
    cert: decode(certData),
    key: decode(keyData),
  });
  const sockets = new Set<Socket>();
  const silent = new WeakSet<Socket>();
  const watches = new Set<ServerResponse>();
  const clients: KubeClient[] = [];

  const forward = (incoming: IncomingMessage, response: ServerResponse, answered: boolean): void => {
    const { method, url, headers, socket } = incoming;
    const outgoing = httpsRequest(
      `${server}${url}`,
      { agent, method, headers: { ...headers, host: new URL(server).host } },
      (answer) => {
        if (!answered) {
          answer.resume();
          answer.once('end', () => socket.destroy());
          return;
        }
        if (url?.includes('watch=1') === true) {
          watches.add(response);
          response.once('close', () => watches.delete(response));
        }
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        response.flushHeaders();
        answer.on('data', (chunk: Buffer) => {
          if (!silent.has(socket) && !response.writableEnded) response.write(chunk);
        });
        answer.once('end', () => {
          if (!silent.has(socket)) response.end();
        });
        answer.once('error', () => socket.destroy());
      },
    );
    outgoing.once('error', () => socket.destroy());
    response.once('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  };

  const proxy = createServer((incoming, response) => {
    const fate = self.fate(incoming);
    self.fates.set(fate, (self.fates.get(fate) ?? 0) + 1);
    if (fate === '429') sendStatus(response, 429, 'TooManyRequests', { 'retry-after': '0' });
    else if (fate === '500') sendStatus(response, 500, 'InternalError');
    else if (fate === '503') sendStatus(response, 503, 'ServiceUnavailable', { 'retry-after': '0' });
    else if (fate === 'refused') incoming.socket.destroy();
    else forward(incoming, response, fate === 'passed');
  });
  proxy.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;

  const self: FaultyProxy = {
    fate: () => 'passed',
    fates: new Map(),
    url,
    get openWatches() {
      return watches.size;
    },
    halfOpenAll() {
      for (const socket of sockets) {
        silent.add(socket);
        socket.pause();
      }
    },
    expireWatches() {
      const object = { kind: 'Status', status: 'Failure', code: 410, reason: 'Expired', message: 'expired' };
      for (const response of watches) response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
    },
    client(options = {}) {
      const credentials = { load: async () => ({ server: url, tls: {}, headers: {} }) };
      const client = connectKube({ userAgent: 'tributary-test', credentials, ...options });
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.close()));
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
  return self;
}
