import { createDatabricks, type Databricks, type DatabricksAuth } from '@tributary/databricks';
import type { Secret } from '../kube/index.ts';

/** The connection Secret cannot be used as it is. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

const REQUEST_TIMEOUT_MS = 20_000;
const MAX_CLIENTS = 256;

/** Clients by connection Secret, kept so that OAuth tokens are asked for once; a rotated Secret gets a new one. */
export class Connections {
  readonly #userAgent: string;
  readonly #budgetMs: number;
  readonly #clients = new Map<string, { version: string; client: Databricks; host: string }>();

  /** `budgetMs`: what one call may take with all its retries. */
  constructor(userAgent: string, budgetMs: number) {
    this.#userAgent = userAgent;
    this.#budgetMs = budgetMs;
  }

  /** Throws a ConnectionError naming what is missing. */
  open(secret: Secret): { client: Databricks; host: string } {
    const { namespace, name, uid, resourceVersion } = secret.metadata;
    const key = `${namespace}/${name}`;
    const version = `${uid}/${resourceVersion}`;
    const known = this.#clients.get(key);
    if (known?.version === version) return known;
    known?.client.close();
    this.#clients.delete(key);
    const { host, auth } = credentialsOf(secret);
    const opened = { version, host, client: this.#create(host, auth) };
    this.#clients.set(key, opened);
    this.#makeRoom();
    return opened;
  }

  close(): void {
    for (const { client } of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  #create(host: string, auth: DatabricksAuth): Databricks {
    try {
      return createDatabricks({
        host,
        auth,
        userAgent: this.#userAgent,
        // Only literal loopback addresses, for stand-ins: in a cluster nothing but the operator listens there.
        allowInsecureLoopback: true,
        retryBudgetMs: this.#budgetMs,
        requestTimeoutMs: REQUEST_TIMEOUT_MS,
      });
    } catch (error) {
      if (error instanceof TypeError) throw new ConnectionError(error.message, { cause: error });
      throw error;
    }
  }

  #makeRoom(): void {
    const oldest = this.#clients.entries().next();
    if (this.#clients.size <= MAX_CLIENTS || oldest.done === true) return;
    oldest.value[1].client.close();
    this.#clients.delete(oldest.value[0]);
  }
}

function credentialsOf(secret: Secret): { host: string; auth: DatabricksAuth } {
  const value = (key: string): string | undefined => {
    const text = Buffer.from(secret.data?.[key] ?? '', 'base64')
      .toString('utf8')
      .trim();
    return text === '' ? undefined : text;
  };
  const [host, token, clientId, clientSecret] = ['host', 'token', 'clientId', 'clientSecret'].map(value);
  if (host === undefined) throw new ConnectionError(`Secret ${secret.metadata.name} has no host`);
  if (token !== undefined) return { host, auth: { kind: 'pat', token } };
  if (clientId === undefined || clientSecret === undefined)
    throw new ConnectionError(
      `Secret ${secret.metadata.name} needs either token or clientId and clientSecret`,
    );
  return { host, auth: { kind: 'oauthM2M', clientId, clientSecret } };
}
