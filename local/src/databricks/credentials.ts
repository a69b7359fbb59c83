import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { ApiError } from './api-error.ts';
import { readJson, replaceFile } from './durable-file.ts';
import { whyRefused, type FederationPolicy } from './federation.ts';
import { readBytes, type Call, type Route } from './http-server.ts';

export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
  /** A personal access token. */
  readonly token: string;
}

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const TOKEN_LIFETIME_MS = 3_600_000;
const MAX_LIVE_TOKENS = 10_000;

/** The workspace's one service principal; its secrets stay the same over restarts so that Secrets in Kubernetes stay valid. */
export async function loadCredentials(workDir: string): Promise<Credentials> {
  const path = join(workDir, 'credentials.json');
  const stored = await readJson(path);
  if (stored !== undefined) return stored as Credentials;
  const made: Credentials = {
    clientId: randomUUID(),
    clientSecret: `dose${randomBytes(16).toString('hex')}`,
    token: `dapi${randomBytes(16).toString('hex')}`,
  };
  await replaceFile(path, JSON.stringify(made), 0o600);
  return made;
}

/** OAuth, by secret or by workload identity federation, beside the personal access token. Issued tokens die with the process, as with a real one after an hour. */
export class TokenAuthority {
  readonly #credentials: Credentials;
  readonly #policies: FederationPolicy[] = [];
  readonly #now: () => number;
  readonly #expiries = new Map<string, number>();

  constructor(credentials: Credentials, now: () => number) {
    this.#credentials = credentials;
    this.#now = now;
  }

  federate(policy: FederationPolicy): void {
    this.#policies.push(policy);
  }

  authorize(authorization: string | undefined): void {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
    if (token === undefined)
      throw new ApiError(
        401,
        'UNAUTHENTICATED',
        'Credential was not sent or was of an unsupported type for this API.',
      );
    if (same(token, this.#credentials.token)) return;
    const expiry = this.#expiries.get(digest(token));
    if (expiry === undefined) throw new ApiError(403, 'PERMISSION_DENIED', 'Invalid access token.');
    if (expiry <= this.#now()) throw new ApiError(401, 'UNAUTHENTICATED', 'Access token expired.');
  }

  routes(origin: () => string): Route[] {
    return [
      { method: 'POST', path: '/oidc/v1/token', open: true, handle: (call) => this.#issue(call) },
      // Where Databricks' SDKs find the endpoints above.
      {
        method: 'GET',
        path: '/.well-known/databricks-config',
        open: true,
        handle: () => ({ json: { oidc_endpoint: `${origin()}/oidc`, workspace_id: '1' } }),
      },
      {
        method: 'GET',
        path: '/oidc/.well-known/oauth-authorization-server',
        open: true,
        handle: () => ({
          json: {
            issuer: `${origin()}/oidc`,
            authorization_endpoint: `${origin()}/oidc/v1/authorize`,
            token_endpoint: `${origin()}/oidc/v1/token`,
          },
        }),
      },
    ];
  }

  async #issue(call: Call): Promise<{ status?: number; json: unknown }> {
    const form = new URLSearchParams((await readBytes(call, 64 * 1024)).toString('utf8'));
    const refusal = this.#refusalOf(form, call.headers.authorization);
    if (refusal !== undefined) return refusal;
    if (form.get('scope') !== 'all-apis') return refused(400, 'invalid_scope', 'scope must be all-apis');
    const token = randomBytes(32).toString('base64url');
    this.#forgetExpired();
    this.#expiries.set(digest(token), this.#now() + TOKEN_LIFETIME_MS);
    return {
      json: {
        access_token: token,
        token_type: 'Bearer',
        expires_in: TOKEN_LIFETIME_MS / 1_000,
        scope: 'all-apis',
      },
    };
  }

  #refusalOf(form: URLSearchParams, authorization: string | undefined): Refusal | undefined {
    const grant = form.get('grant_type');
    const [user, secret] = basic(authorization) ?? [
      form.get('client_id') ?? '',
      form.get('client_secret') ?? '',
    ];
    const isOurs = same(user, this.#credentials.clientId);
    if (grant === TOKEN_EXCHANGE) {
      if (!isOurs) return refused(401, 'invalid_client', 'there is no such service principal');
      if (form.get('subject_token_type') !== 'urn:ietf:params:oauth:token-type:jwt')
        return refused(400, 'invalid_request', 'subject_token_type must be that of a JWT');
      const why = whyRefused(form.get('subject_token') ?? '', this.#policies, this.#now());
      return why === undefined ? undefined : refused(400, 'invalid_request', why);
    }
    if (!isOurs || !same(secret, this.#credentials.clientSecret))
      return refused(401, 'invalid_client', 'Client authentication failed');
    return grant === 'client_credentials'
      ? undefined
      : refused(400, 'unsupported_grant_type', 'only client_credentials and token exchange are served here');
  }

  #forgetExpired(): void {
    for (const [token, expiry] of this.#expiries) {
      if (expiry <= this.#now() || this.#expiries.size >= MAX_LIVE_TOKENS) this.#expiries.delete(token);
    }
  }
}

interface Refusal {
  readonly status: number;
  readonly json: { readonly error: string; readonly error_description: string };
}

function refused(status: number, error: string, description: string): Refusal {
  return { status, json: { error, error_description: description } };
}

function basic(authorization: string | undefined): [string, string] | undefined {
  const encoded = /^Basic (.+)$/.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : [text.slice(0, colon), text.slice(colon + 1)];
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function same(left: string, right: string): boolean {
  return timingSafeEqual(Buffer.from(digest(left)), Buffer.from(digest(right)));
}
