/** The connections to one API server: one pool for verbs and one for watches, shared by everything in the process. */
import { createHash } from 'node:crypto';
import { Pool, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import { createClient } from './client.ts';
import { type Clock, systemClock } from './clock.ts';
import {
  type Credentials,
  type CredentialSource,
  type KubeConfigOptions,
  kubeConfigCredentials,
} from './credentials.ts';
import { type KubeLog, silentLog } from './log.ts';
import { type KubeMetrics, noMetrics } from './metrics.ts';
import { type TransportLimits, Transport } from './transport.ts';
import type { KubeClient } from './types.ts';

export interface ConnectOptions extends KubeConfigOptions {
  /** Sent as User-Agent; the API server's audit log shows it. */
  userAgent: string;
  /** @default what the kubeconfig says */
  credentials?: CredentialSource;
  /** @default 64 */
  maxConnections?: number;
  limits?: Partial<TransportLimits>;
  clock?: Clock;
  random?: () => number;
  log?: KubeLog;
  metrics?: KubeMetrics;
}

/** Connects at the first request; `close` the client to end its connections. */
export function connectKube(options: ConnectOptions): KubeClient {
  const { clock = systemClock, random = Math.random, log = silentLog, metrics = noMetrics } = options;
  const connection = new Connection(
    options.credentials ?? kubeConfigCredentials(options),
    clock,
    options.maxConnections ?? 64,
  );
  const { userAgent, limits = {} } = options;
  return createClient(new Transport({ connection, userAgent, limits, clock, random, log, metrics }));
}

export { connectKube as createKubeClient };

/** What a request needs of the connection at the moment it is sent. */
export interface Route {
  verbs: Dispatcher;
  watches: Dispatcher;
  origin: string;
  host: string;
  /** What stands before every path, '' mostly. */
  prefix: string;
  headers: Record<string, string>;
}

interface Pools {
  fingerprint: string;
  verbs: Dispatcher;
  watches: Dispatcher;
}

/** client-go re-reads tokens as often; the kubelet renews them long before they expire. */
const CREDENTIALS_STALE_AFTER_MS = 60_000;

export class Connection {
  readonly #source: CredentialSource;
  readonly #clock: Clock;
  readonly #maxConnections: number;
  #route: Promise<Route> | undefined;
  #loadedAt = 0;
  #pools: Pools | undefined;
  #closed = false;

  constructor(source: CredentialSource, clock: Clock, maxConnections: number) {
    this.#source = source;
    this.#clock = clock;
    this.#maxConnections = maxConnections;
  }

  /** The route for a request, with credentials that are at most a minute old. */
  route(): Promise<Route> {
    const stale = this.#clock.monotonic() - this.#loadedAt > CREDENTIALS_STALE_AFTER_MS;
    if (this.#route === undefined || stale) this.#reload(false);
    return this.#route as Promise<Route>;
  }

  /** Forgets the credentials of `refused`, unless others came in meanwhile. */
  async renew(refused: Route): Promise<void> {
    if ((await this.#route?.catch(() => undefined)) === refused) this.#reload(true);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const pools = this.#pools;
    this.#pools = undefined;
    await Promise.all([pools?.verbs.destroy(), pools?.watches.destroy()]);
  }

  #reload(fresh: boolean): void {
    const previous = this.#route;
    this.#loadedAt = this.#clock.monotonic();
    const next = this.#load(fresh).catch((error: unknown) => {
      // A kubeconfig that cannot be read right now (it is being rewritten) must not stop what still works.
      if (previous !== undefined && !this.#closed) return previous;
      this.#route = undefined;
      throw error;
    });
    this.#route = next;
  }

  async #load(fresh: boolean): Promise<Route> {
    const credentials = await this.#source.load(fresh);
    if (this.#closed) throw new Error('the connection is closed');
    const url = new URL(credentials.server);
    const fingerprint = fingerprintOf(credentials);
    if (this.#pools?.fingerprint !== fingerprint) {
      const old = this.#pools;
      this.#pools = { fingerprint, ...this.#open(url.origin, credentials) };
      // Requests under way end on the old pool; its watches end when the server ends them.
      void old?.verbs.close();
      void old?.watches.close();
    }
    return {
      verbs: this.#pools.verbs,
      watches: this.#pools.watches,
      origin: url.origin,
      host: url.host,
      prefix: url.pathname.replace(/\/+$/, ''),
      headers: credentials.headers,
    };
  }

  #open(origin: string, { tls, proxyUrl }: Credentials): { verbs: Dispatcher; watches: Dispatcher } {
    // Keep-alive probes make the kernel notice a peer that is gone; 30 s is what client-go has.
    const connect = { ...tls, keepAlive: true, keepAliveInitialDelay: 30_000, timeout: 10_000 };
    const common = {
      // The transport has deadlines of its own, for whole requests.
      headersTimeout: 0,
      bodyTimeout: 0,
      // In Node 24 a session of HTTP/2 whose server goes away can come to write for ever, until it has taken all memory
      // (Http2Session::SendPendingData, seen in a test of ours); with one request a connection there is nothing to gain by it.
      allowH2: false,
    };
    if (proxyUrl !== undefined) {
      if (!/^https?:/.test(proxyUrl))
        throw new Error(`proxy-url of the kubeconfig: only http and https are supported: ${proxyUrl}`);
      const proxied = () =>
        new ProxyAgent({ uri: proxyUrl, proxyTls: { allowH2: false }, requestTls: connect, ...common });
      return { verbs: proxied(), watches: proxied() };
    }
    const pool = { ...common, connect, pipelining: 1 };
    return {
      verbs: new Pool(origin, { ...pool, connections: this.#maxConnections }),
      watches: new Pool(origin, { ...pool, connections: null }),
    };
  }
}

/** Of everything that a pool is made from: headers may change without a new pool. */
function fingerprintOf({ server, tls, proxyUrl }: Credentials): string {
  const hash = createHash('sha256');
  for (const part of [server, proxyUrl, tls.ca, tls.cert, tls.key, tls.servername, tls.rejectUnauthorized]) {
    hash.update(part === undefined ? '-' : Buffer.isBuffer(part) ? part : String(part)).update('\0');
  }
  return hash.digest('hex');
}
