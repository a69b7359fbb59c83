import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { ApiError } from './api-error.ts';
import { readJson, replaceFile } from './durable-file.ts';
import { readBytes, type Call, type Route } from './http-server.ts';

export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
  /** A personal access token. */
  readonly token: string;
}

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

/** OAuth machine to machine beside the personal access token. Issued tokens die with the process, as with a real one after an hour. */
export class TokenAuthority {
  readonly #credentials: Credentials;
  readonly #now: () => number;
  readonly #expiries = new Map<string, number>();

  constructor(credentials: Credentials, now: () => number) {
    this.#credentials = credentials;
    this.#now = now;
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
    const [user, secret] = basic(call.headers.authorization) ?? [
      form.get('client_id') ?? '',
      form.get('client_secret') ?? '',
    ];
    if (!same(user, this.#credentials.clientId) || !same(secret, this.#credentials.clientSecret)) {
      return {
        status: 401,
        json: { error: 'invalid_client', error_description: 'Client authentication failed' },
      };
    }
    if (form.get('grant_type') !== 'client_credentials') {
      return {
        status: 400,
        json: {
          error: 'unsupported_grant_type',
          error_description: 'only client_credentials is served here',
        },
      };
    }
    if (form.get('scope') !== 'all-apis')
      return { status: 400, json: { error: 'invalid_scope', error_description: 'scope must be all-apis' } };
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

  #forgetExpired(): void {
    for (const [token, expiry] of this.#expiries) {
      if (expiry <= this.#now() || this.#expiries.size >= MAX_LIVE_TOKENS) this.#expiries.delete(token);
    }
  }
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
