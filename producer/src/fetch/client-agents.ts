import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { AddressGuard } from './address-guard.ts';

/** A client certificate, and whom it trusts; PEM. */
export interface ClientTls {
  cert: string;
  key: string;
  /** @default the public authorities */
  ca?: string;
}

const MOST_SOCKETS = 4;

/** Connections of one feed: kept alive, bound to public addresses unless allowed otherwise, one client certificate at a time. */
export class ClientAgents {
  readonly #options: object;
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;
  #certified: { tls: ClientTls; agent: HttpsAgent } | undefined;

  /** Without a guard any address is reached. */
  constructor(guard: AddressGuard | undefined) {
    this.#options = {
      keepAlive: true,
      maxSockets: MOST_SOCKETS,
      ...(guard === undefined ? {} : { lookup: guard.lookup }),
    };
    this.#http = new HttpAgent(this.#options);
    this.#https = new HttpsAgent(this.#options);
  }

  /** Without `tls`, nobody is told who we are. */
  for(tls: ClientTls | undefined): { httpAgent: HttpAgent; httpsAgent: HttpsAgent } {
    return { httpAgent: this.#http, httpsAgent: tls === undefined ? this.#https : this.#certifiedBy(tls) };
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
    this.#certified?.agent.destroy();
  }

  /** A rotated certificate needs new connections. */
  #certifiedBy(tls: ClientTls): HttpsAgent {
    const known = this.#certified;
    if (known?.tls.cert === tls.cert && known.tls.key === tls.key && known.tls.ca === tls.ca)
      return known.agent;
    known?.agent.destroy();
    const agent = new HttpsAgent({ ...this.#options, ...tls });
    this.#certified = { tls, agent };
    return agent;
  }
}
