import type { HttpSource } from '@tributary/api';
import type { SecretFolder } from '@tributary/runtime';
import { secretOf } from './credentials.ts';
import type { RequestContext } from './feed-source.ts';
import { OAuth2 } from './oauth2.ts';
import { basic, bearer, type Proof } from './proof.ts';

/** How the requests of one feed prove who we are. Secrets are read at each request, so that rotation needs no restart. */
export interface Authentication {
  prove(context: RequestContext): Promise<Proof>;
  /** The API did not take the proof; true when another one may do, and a second try is worth a request. */
  refused(): boolean;
}

export function compileAuthentication(auth: HttpSource['auth'], secrets: SecretFolder): Authentication {
  if (auth?.oauth2 !== undefined) {
    const oauth2 = new OAuth2(auth.oauth2, secrets);
    return {
      prove: async (context) => bearer(await oauth2.accessToken(context)),
      refused: () => oauth2.forget(),
    };
  }
  return { prove: () => fixedProof(auth, secrets), refused: () => false };
}

async function fixedProof(auth: HttpSource['auth'], secrets: SecretFolder): Promise<Proof> {
  if (auth?.apiKey !== undefined) {
    const { query, header, from } = auth.apiKey;
    const key = await secretOf(secrets, from);
    return {
      query: query === undefined ? [] : [[query, key]],
      headers: header === undefined ? [] : [[header, key]],
    };
  }
  if (auth?.bearer !== undefined) return bearer(await secretOf(secrets, auth.bearer.tokenFrom));
  if (auth?.basic !== undefined) {
    const { usernameFrom, passwordFrom } = auth.basic;
    return basic(await secretOf(secrets, usernameFrom), await secretOf(secrets, passwordFrom), secrets);
  }
  if (auth?.mtls !== undefined) {
    const { certFrom, keyFrom, caFrom } = auth.mtls;
    return {
      query: [],
      headers: [],
      tls: {
        cert: await secretOf(secrets, certFrom),
        key: await secretOf(secrets, keyFrom),
        ...(caFrom === undefined ? {} : { ca: await secretOf(secrets, caFrom) }),
      },
    };
  }
  return { query: [], headers: [] };
}
