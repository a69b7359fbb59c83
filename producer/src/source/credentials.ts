import type { HttpSource, SecretKeyRef } from '@tributary/api';
import type { SecretFolder } from '@tributary/runtime';
import { UpstreamError } from '../fetch/upstream-error.ts';

/** A secret by reference: mounted as `<secret name>/<key>`. */
export async function secretOf(
  secrets: SecretFolder,
  { secretKeyRef: { name, key } }: SecretKeyRef,
): Promise<string> {
  try {
    return await secrets.read(`${name}/${key}`);
  } catch (error) {
    throw new UpstreamError(
      'SecretMissing',
      `Secret ${name} has no usable key ${key}; create it in the namespace of the StreamSource`,
      { cause: error },
    );
  }
}

/** Puts into `url` and `headers` what proves who we are. */
export async function authenticate(
  auth: HttpSource['auth'],
  secrets: SecretFolder,
  url: URL,
  headers: [string, string][],
): Promise<void> {
  if (auth?.apiKey !== undefined) {
    const key = await secretOf(secrets, auth.apiKey.from);
    if (auth.apiKey.query !== undefined) url.searchParams.append(auth.apiKey.query, key);
    if (auth.apiKey.header !== undefined) headers.push([auth.apiKey.header, key]);
  }
  if (auth?.bearer !== undefined)
    headers.push(['authorization', `Bearer ${await secretOf(secrets, auth.bearer.tokenFrom)}`]);
  if (auth?.basic !== undefined) {
    const pair = `${await secretOf(secrets, auth.basic.usernameFrom)}:${await secretOf(secrets, auth.basic.passwordFrom)}`;
    const encoded = Buffer.from(pair).toString('base64');
    secrets.remember(encoded);
    headers.push(['authorization', `Basic ${encoded}`]);
  }
}
