/** What the API server asks a node for: logs. It answers nobody else. */
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { KubeLog } from '@tributary/operator/kube';
import type { ContainerLog } from '../logs/container-log.ts';
import { type LogQuery, readLog } from '../logs/read-log.ts';

export interface LogSource {
  /** Undefined: there is no such pod or container here. `live` is there while the container runs. */
  find(
    namespace: string,
    pod: string,
    container: string,
    previous: boolean,
  ): { path: string; live: ContainerLog | undefined } | undefined;
}

export interface KubeletServerOptions {
  certPem: string;
  keyPem: string;
  /** Of clients. */
  caPem: string;
  /** Common name of the only client that may ask. */
  clientName: string;
  logs: LogSource;
  now: () => number;
  log: KubeLog;
  signal: AbortSignal;
}

/** Made, not yet listening. */
export function kubeletServer(options: KubeletServerOptions): Server {
  const { certPem, keyPem, caPem } = options;
  const server = createServer(
    {
      cert: certPem,
      key: keyPem,
      ca: caPem,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
    },
    (request, response) => {
      answer(options, request, response).catch((error: unknown) => {
        options.log.warn({ err: error, path: request.url }, 'the node could not answer');
        if (response.headersSent) response.destroy();
        else refuse(response, 500, error instanceof Error ? error.message : String(error));
      });
    },
  );
  return server;
}

async function answer(
  options: KubeletServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Any client of the cluster's authority passes TLS: users and other nodes too.
  const subject = (request.socket as TLSSocket).getPeerCertificate().subject as { CN?: string } | undefined;
  if (subject?.CN !== options.clientName)
    return refuse(response, 403, 'only the API server may ask the local node');
  const url = new URL(request.url ?? '/', 'https://node');
  if (url.pathname === '/healthz') return void response.end('ok');
  const match = /^\/containerLogs\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(url.pathname);
  if (match === null) {
    const what = url.pathname.split('/')[1] ?? '';
    return refuse(
      response,
      501,
      `the local node does not do ${what}: its pods are processes of this machine`,
    );
  }
  if (request.method !== 'GET') return refuse(response, 405, 'only GET');
  const [namespace = '', pod = '', container = ''] = match.slice(1).map(decodeURIComponent);
  const previous = url.searchParams.get('previous') === 'true';
  const found = options.logs.find(namespace, pod, container, previous);
  if (found === undefined) {
    const what = previous ? 'previous terminated container' : 'container';
    return refuse(response, 404, `${what} "${container}" in pod "${pod}" not found`);
  }
  await stream(options, found, queryOf(url.searchParams, options.now()), response);
}

async function stream(
  { signal }: KubeletServerOptions,
  { path, live }: { path: string; live: ContainerLog | undefined },
  query: LogQuery,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const over = AbortSignal.any([signal, gone.signal]);
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  response.flushHeaders();
  for await (const text of readLog(path, live, query, over)) {
    if (over.aborted) break;
    if (response.write(text)) continue;
    await new Promise<void>((resolve) => {
      const go = () => {
        response.off('drain', go);
        over.removeEventListener('abort', go);
        resolve();
      };
      response.once('drain', go);
      over.addEventListener('abort', go, { once: true });
    });
  }
  response.end();
}

function queryOf(params: URLSearchParams, now: number): LogQuery {
  const number = (name: string) => {
    const text = params.get(name);
    const value = Number(text);
    return text === null || !Number.isInteger(value) || value < 0 ? undefined : value;
  };
  const seconds = number('sinceSeconds');
  const time = params.get('sinceTime');
  return {
    follow: params.get('follow') === 'true',
    timestamps: params.get('timestamps') === 'true',
    tailLines: number('tailLines'),
    since: seconds !== undefined ? now - seconds * 1000 : time !== null ? Date.parse(time) : undefined,
    limitBytes: number('limitBytes'),
  };
}

function refuse(response: ServerResponse, code: number, message: string): void {
  response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(`${message}\n`);
}
