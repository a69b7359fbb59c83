import { createPublicKey, verify, type JsonWebKey } from 'node:crypto';

/** What an account admin allows: a service principal federation policy, in our names. */
export interface FederationPolicy {
  readonly issuer: string;
  /** One of them must be among the token's. */
  readonly audiences: readonly string[];
  readonly subject: string;
  /** The issuer's public keys, as its `jwks_uri` serves them. */
  readonly jwks: { readonly keys: readonly JsonWebKey[] };
}

type Claims = Readonly<Record<string, unknown>>;

const DIGESTS: Readonly<Record<string, string>> = { RS256: 'RSA-SHA256', ES256: 'sha256' };
/** Clocks differ. */
const LEEWAY_S = 60;

/** Undefined when one of the policies admits the bearer of the token, else why none does. `now` is in milliseconds. */
export function whyRefused(
  token: string,
  policies: readonly FederationPolicy[],
  now: number,
): string | undefined {
  const [head = '', body = '', signature = '', ...rest] = token.split('.');
  const header = parsePart(head);
  const claims = parsePart(body);
  if (header === undefined || claims === undefined || rest.length > 0) return 'the subject token is no JWT';
  const policy = policies.find(
    ({ issuer, subject }) => issuer === claims['iss'] && subject === claims['sub'],
  );
  if (policy === undefined)
    return `no federation policy is for issuer ${String(claims['iss'])} and subject ${String(claims['sub'])}`;
  const audiences = [claims['aud']].flat();
  if (!policy.audiences.some((audience) => audiences.includes(audience)))
    return `the audience ${audiences.join(', ')} is none of the federation policy's: ${policy.audiences.join(', ')}`;
  if (!isSigned(`${head}.${body}`, signature, header, policy))
    return 'the signature of the subject token does not hold';
  return expiryProblem(claims, now / 1_000);
}

function expiryProblem({ exp, nbf }: Claims, now: number): string | undefined {
  if (typeof exp !== 'number' || exp + LEEWAY_S <= now) return 'the subject token has expired';
  if (typeof nbf === 'number' && nbf - LEEWAY_S > now) return 'the subject token is not valid yet';
  return undefined;
}

function isSigned(text: string, signature: string, header: Claims, { jwks }: FederationPolicy): boolean {
  const digest = DIGESTS[String(header['alg'])];
  const jwk = jwks.keys.find(({ kid }) => kid === header['kid']);
  if (digest === undefined || jwk === undefined) return false;
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return verify(
    digest,
    Buffer.from(text),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
}

function parsePart(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Claims) : undefined;
  } catch {
    return undefined; // the caller refuses it
  }
}
