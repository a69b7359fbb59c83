import { DatabricksUserError } from './errors.ts';
import { Secret } from './secret.ts';
import type { Clock } from './clock.ts';

/** A credential, or where to read it again when it may have been rotated (a mounted Secret). */
export type Credential = string | Secret | (() => string | Secret | Promise<string | Secret>);

export type DatabricksAuth =
  /** A personal access token. */
  | { readonly kind: 'pat'; readonly token: Credential }
  /** OAuth for a service principal (machine to machine). */
  | { readonly kind: 'oauthM2M'; readonly clientId: string; readonly clientSecret: Credential }
  /** Workload identity federation: `subjectToken` reads the projected service-account JWT anew at each refresh. */
  | { readonly kind: 'federation'; readonly clientId: string; readonly subjectToken: Credential };

/** Posts a form to the token endpoint and returns the parsed JSON. */
export type TokenRequest = (
  form: Record<string, string>,
  basic?: { user: string; password: Secret },
) => Promise<unknown>;

export interface Authenticator {
  /** The bearer token to send; cached until shortly before it expires. */
  token(): Promise<Secret>;
  /**
   * Called when `rejected` was answered with 401 or 403 (an expired token surfaces as either).
   * Resolves to another token, or undefined when there is no other.
   */
  renew(rejected: Secret): Promise<Secret | undefined>;
  /** Everything that must not appear in a message. */
  secrets(): Iterable<Secret>;
}

/** Tokens are renewed this long before they expire, so that none dies in flight. */
const EXPIRY_MARGIN_MS = 5 * 60_000;

export function createAuthenticator(
  auth: DatabricksAuth,
  requestToken: TokenRequest,
  clock: Clock,
): Authenticator {
  switch (auth.kind) {
    case 'pat':
      return patAuthenticator(auth.token);
    case 'oauthM2M':
      return tokenAuthenticator(auth.clientSecret, clock, (secret) =>
        requestToken(
          { grant_type: 'client_credentials', scope: 'all-apis' },
          { user: auth.clientId, password: secret },
        ),
      );
    case 'federation':
      return tokenAuthenticator(auth.subjectToken, clock, (jwt) =>
        requestToken({
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: jwt.reveal(),
          subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
          client_id: auth.clientId,
          scope: 'all-apis',
        }),
      );
  }
}

async function read(credential: Credential): Promise<Secret> {
  const value = typeof credential === 'function' ? await credential() : credential;
  const secret = value instanceof Secret ? value : new Secret(value.trim());
  if (secret.reveal() === '') {
    throw new DatabricksUserError(
      { status: 0, errorCode: 'CREDENTIAL_EMPTY', message: 'the Databricks credential is empty' },
      'fill the Secret of the connection',
    );
  }
  return secret;
}

function patAuthenticator(credential: Credential): Authenticator {
  let current: Secret | undefined;
  return {
    async token() {
      current = await read(credential);
      return current;
    },
    async renew(rejected) {
      current = await read(credential);
      return current.reveal() === rejected.reveal() ? undefined : current;
    },
    secrets: () => (current === undefined ? [] : [current]),
  };
}

interface AccessToken {
  readonly secret: Secret;
  readonly renewAt: number;
}

function tokenAuthenticator(
  credential: Credential,
  clock: Clock,
  exchange: (secret: Secret) => Promise<unknown>,
): Authenticator {
  let source: Secret | undefined;
  let current: AccessToken | undefined;
  let pending: Promise<AccessToken> | undefined;

  // One exchange at a time, shared by all callers.
  const refresh = (): Promise<AccessToken> => {
    pending ??= (async () => {
      source = await read(credential);
      current = parseToken(await exchange(source), clock.now());
      return current;
    })().finally(() => {
      pending = undefined;
    });
    return pending;
  };

  return {
    async token() {
      if (current !== undefined && clock.now() < current.renewAt) return current.secret;
      return (await refresh()).secret;
    },
    async renew(rejected) {
      // Another call may have renewed it meanwhile.
      if (current !== undefined && current.secret.reveal() !== rejected.reveal()) return current.secret;
      return (await refresh()).secret;
    },
    secrets: () => [source, current?.secret].filter((secret) => secret !== undefined),
  };
}

function parseToken(answer: unknown, now: number): AccessToken {
  const fields = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {};
  const token = fields['access_token'];
  if (typeof token !== 'string' || token === '') {
    throw new DatabricksUserError(
      {
        status: 200,
        errorCode: 'UNEXPECTED_ANSWER',
        message: 'the token endpoint answered without an access token',
      },
      'check the host of the connection',
    );
  }
  const lifetimeMs = (typeof fields['expires_in'] === 'number' ? fields['expires_in'] : 3_600) * 1_000;
  // Short-lived tokens keep a fifth of their life as margin.
  return {
    secret: new Secret(token),
    renewAt: now + lifetimeMs - Math.min(EXPIRY_MARGIN_MS, lifetimeMs / 5),
  };
}
