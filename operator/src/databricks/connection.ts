import { createDatabricks, type Databricks, type DatabricksAuth } from '@tributary/databricks';
import type { Secret } from '../kube/index.ts';
import { connectionKeys, isFederation } from '../plan/index.ts';
import type { SubjectTokens } from './subject-tokens.ts';

/** The connection Secret cannot be used as it is. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

const REQUEST_TIMEOUT_MS = 20_000;
const MAX_CLIENTS = 256;

export interface ConnectionsOptions {
  userAgent: string;
  /** What one call may take with all its retries. */
  budgetMs: number;
  subjectToken: SubjectTokens;
}

/** Clients by connection Secret and service account, kept so that OAuth tokens are asked for once; a rotated Secret gets a new one. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #clients = new Map<string, { version: string; client: Databricks; host: string }>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** Throws a ConnectionError naming what is missing. */
  open(secret: Secret, serviceAccount: string): { client: Databricks; host: string } {
    const { namespace = '', name, uid, resourceVersion } = secret.metadata;
    const key = `${namespace}/${name}/${serviceAccount}`;
    const version = `${uid}/${resourceVersion}`;
    const known = this.#clients.get(key);
    if (known?.version === version) return known;
    known?.client.close();
    this.#clients.delete(key);
    const subjectToken = (): Promise<string> => this.#options.subjectToken(namespace, serviceAccount);
    const { host, auth } = credentialsOf(secret, subjectToken);
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
        userAgent: this.#options.userAgent,
        // Only literal loopback addresses, for stand-ins: in a cluster nothing but the operator listens there.
        allowInsecureLoopback: true,
        retryBudgetMs: this.#options.budgetMs,
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

function credentialsOf(
  secret: Secret,
  subjectToken: () => Promise<string>,
): { host: string; auth: DatabricksAuth } {
  const said = (key: string): string =>
    Buffer.from(secret.data?.[key] ?? '', 'base64')
      .toString('utf8')
      .trim();
  const { name } = secret.metadata;
  const keys = connectionKeys(Object.keys(secret.data ?? {}).filter((key) => said(key) !== ''));
  if (keys === undefined)
    throw new ConnectionError(
      `Secret ${name} needs host and either token, or clientId and clientSecret, or clientId and auth`,
    );
  const host = said('host');
  if (keys.includes('token')) return { host, auth: { kind: 'pat', token: said('token') } };
  const clientId = said('clientId');
  if (!isFederation(keys))
    return { host, auth: { kind: 'oauthM2M', clientId, clientSecret: said('clientSecret') } };
  if (said('auth') !== 'federation')
    throw new ConnectionError(`Secret ${name}: auth must be federation, or be left out`);
  return { host, auth: { kind: 'federation', clientId, subjectToken } };
}
