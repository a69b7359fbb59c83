import type { SecretKeyRef } from '@tributary/api';
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
