import { createHash } from 'node:crypto';
import type { HttpSource } from '@tributary/api';
import type { SecretFolder } from '@tributary/runtime';
import { z } from 'zod';
import { UpstreamError } from '../fetch/upstream-error.ts';
import { secretOf } from './credentials.ts';
import type { RequestContext } from './feed-source.ts';
import { basic } from './proof.ts';
import { seal, unseal } from './sealed-token.ts';

type OAuth2Spec = NonNullable<NonNullable<HttpSource['auth']>['oauth2']>;

const grantSchema = z.object({
  access_token: z.string().min(1).max(16_384),
  expires_in: z.coerce.number().positive().optional(),
  refresh_token: z.string().min(1).max(16_384).optional(),
});
const keptSchema = z.object({ of: z.string(), token: z.string() });

/** Where a token endpoint does not say how long its token holds. */
const USUAL_LIFE_S = 3_600;
/** A token is renewed before its end, so that none ends on its way. */
const RENEWED_BEFORE_MS = 60_000;

interface Credentials {
  clientId: string;
  clientSecret: string;
  /** As the Secret has it; the provider may have replaced it since. */
  refreshToken: string | undefined;
}

/**
 * Access tokens by client credentials or a refresh token (RFC 6749). A provider that rotates refresh tokens invalidates
 * each with its first use, so the next one is kept in `.state` before the access token that came with it is used: sealed by
 * the client secret, as nothing secret may reach a topic (Delivery 8). Another refresh token in the Secret wins over it.
 */
export class OAuth2 {
  readonly #spec: OAuth2Spec;
  readonly #secrets: SecretFolder;
  #current: { token: string; until: number; of: string } | undefined;
  /** The refresh token that was replaced last. */
  #retired: string | undefined;

  constructor(spec: OAuth2Spec, secrets: SecretFolder) {
    this.#spec = spec;
    this.#secrets = secrets;
  }

  async accessToken(context: RequestContext): Promise<string> {
    const credentials = await this.#credentials();
    const of = fingerprint(JSON.stringify(credentials));
    if (this.#current?.of === of && context.now() < this.#current.until) return this.#current.token;
    const grant = await this.#ask(credentials, context);
    if (this.#current !== undefined) this.#secrets.forget(this.#current.token);
    this.#secrets.remember(grant.access_token);
    const lifeMs = (grant.expires_in ?? USUAL_LIFE_S) * 1_000;
    // Short lives are used by half: renewing before the end must not mean at every request.
    const until = context.now() + Math.max(lifeMs / 2, lifeMs - RENEWED_BEFORE_MS);
    this.#current = { token: grant.access_token, until, of };
    return grant.access_token;
  }

  /** True when there was a token to forget: the next request asks for another. */
  forget(): boolean {
    const current = this.#current;
    if (current !== undefined) this.#secrets.forget(current.token);
    this.#current = undefined;
    return current !== undefined;
  }

  async #credentials(): Promise<Credentials> {
    const { clientIdFrom, clientSecretFrom, refreshTokenFrom } = this.#spec;
    return {
      clientId: await secretOf(this.#secrets, clientIdFrom),
      clientSecret: await secretOf(this.#secrets, clientSecretFrom),
      refreshToken:
        refreshTokenFrom === undefined ? undefined : await secretOf(this.#secrets, refreshTokenFrom),
    };
  }

  async #ask(credentials: Credentials, context: RequestContext) {
    const { tokenUrl, scopes, clientAuth, parameters } = this.#spec;
    const { clientId, clientSecret } = credentials;
    const refreshToken = this.#latest(credentials, context);
    const form = new URLSearchParams(
      refreshToken === undefined
        ? { grant_type: 'client_credentials' }
        : { grant_type: 'refresh_token', refresh_token: refreshToken },
    );
    if (scopes.length > 0) form.append('scope', scopes.join(' '));
    for (const { name, value } of parameters) form.append(name, value);
    const headers: [string, string][] = [
      ['content-type', 'application/x-www-form-urlencoded'],
      ['accept', 'application/json'],
    ];
    if (clientAuth === 'basic')
      headers.push(
        ...basic(encodeURIComponent(clientId), encodeURIComponent(clientSecret), this.#secrets).headers,
      );
    else {
      form.append('client_id', clientId);
      form.append('client_secret', clientSecret);
    }
    const grant = await this.#exchange(
      { method: 'POST', url: new URL(tokenUrl), headers, body: form.toString() },
      context,
    );
    if (grant.refresh_token !== undefined && credentials.refreshToken !== undefined)
      await this.#keep(grant.refresh_token, credentials, context);
    if (grant.refresh_token !== undefined && grant.refresh_token !== refreshToken)
      this.#retire(refreshToken, credentials);
    return grant;
  }

  /** One that has been replaced; some providers take it a little longer, so the last such one is still a secret. */
  #retire(token: string | undefined, { refreshToken }: Credentials): void {
    if (this.#retired !== undefined && this.#retired !== refreshToken) this.#secrets.forget(this.#retired);
    this.#retired = token;
  }

  async #exchange(request: Parameters<RequestContext['fetch']>[0], context: RequestContext) {
    const { host } = request.url;
    try {
      const { body } = await context.fetch(request);
      return grantSchema.parse(JSON.parse(body));
    } catch (error) {
      if (error instanceof UpstreamError && error.code === 'BadRequest')
        throw new UpstreamError('AuthFailed', `the token endpoint ${host} refused us: ${error.message}`, {
          cause: error,
        });
      if (error instanceof z.ZodError || error instanceof SyntaxError)
        throw new UpstreamError('AuthFailed', `the token endpoint ${host} answered without an access token`);
      throw error;
    }
  }

  /** The refresh token to use: the one that came last for what the Secret holds. */
  #latest({ refreshToken, clientSecret }: Credentials, { kept }: RequestContext): string | undefined {
    if (refreshToken === undefined) return undefined;
    const text = kept.read() === undefined ? undefined : unseal(kept.read() ?? '', clientSecret);
    const known = text === undefined ? undefined : keptSchema.safeParse(JSON.parse(text)).data;
    if (known?.of !== fingerprint(refreshToken)) return refreshToken;
    this.#secrets.remember(known.token);
    return known.token;
  }

  async #keep(token: string, { refreshToken = '', clientSecret }: Credentials, { kept }: RequestContext) {
    this.#secrets.remember(token);
    await kept.write(seal(JSON.stringify({ of: fingerprint(refreshToken), token }), clientSecret));
  }
}

function fingerprint(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
