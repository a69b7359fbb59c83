import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from '@prometheus-io/client';
import type { SecretRegistry } from './secrets.ts';
import type { Watchdog } from './watchdog.ts';

export interface PodServerOptions {
  address: string;
  port: number;
  metrics: Registry;
  watchdog: Watchdog;
  secrets: SecretRegistry;
  /** Whether the pod can do its work now. */
  ready: () => boolean;
  /** What `/status` answers, as JSON. */
  status: () => unknown;
}

export interface PodServer {
  port: number;
  close(): Promise<void>;
}

const ANSWER_WITHIN_MS = 10_000;
const MOST_CONNECTIONS = 64;

/** `/healthz`, `/readyz`, `/metrics` and `/status` of a pod. */
export async function startPodServer(options: PodServerOptions): Promise<PodServer> {
  const { metrics, watchdog, secrets } = options;
  const answers: Record<string, () => Promise<Answer> | Answer> = {
    '/healthz': () => {
      const stuck = watchdog.stuck();
      return stuck.length === 0 ? text(200, 'ok') : text(503, `stuck: ${stuck.join(', ')}`);
    },
    '/readyz': () => (options.ready() ? text(200, 'ok') : text(503, 'not ready; see /status')),
    '/metrics': async () => ({ code: 200, type: metrics.contentType, body: await metrics.metrics() }),
    '/status': () => ({
      code: 200,
      type: 'application/json',
      body: secrets.redact(JSON.stringify(options.status())),
    }),
  };
  const server = createServer(
    { requestTimeout: ANSWER_WITHIN_MS, headersTimeout: ANSWER_WITHIN_MS, keepAliveTimeout: 5_000 },
    (request, response) => {
      request.resume();
      const answer = answers[(request.url ?? '').split('?')[0] ?? ''];
      const send = ({ code, type, body }: Answer): void =>
        void response.writeHead(code, { 'content-type': type }).end(body);
      if (request.method !== 'GET' && request.method !== 'HEAD') send(text(405, 'GET only'));
      else if (answer === undefined) send(text(404, `one of ${Object.keys(answers).join(', ')}`));
      else {
        void (async () => answer())().then(send, (error: unknown) =>
          send(text(500, secrets.redact(String(error)))),
        );
      }
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  await listen(server, options.address, options.port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  code: number;
  type: string;
  body: string;
}

function text(code: number, body: string): Answer {
  return { code, type: 'text/plain; charset=utf-8', body: `${body}\n` };
}

function listen(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        new Error(`cannot listen on ${address}:${port} (${error.code}); is another process there?`, {
          cause: error,
        }),
      );
    });
    server.listen(port, address, resolve);
  });
}
