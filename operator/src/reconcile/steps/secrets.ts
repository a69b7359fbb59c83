import {
  checksumOf,
  connectionKeys,
  isFederation,
  sourceSecrets,
  type ConnectionPlan,
  type Feed,
  type SecretUse,
} from '../../plan/index.ts';
import { refer, type FeedContext } from '../context.ts';
import { StallError } from '../errors.ts';
import { referenceTo } from '../references.ts';

/** What the user's Secrets hold that the pods use. */
export interface UserSecrets {
  source: SecretUse[];
  /** Of everything the producer mounts from them. */
  sourceChecksum: string;
  /** Undefined without Databricks. */
  connection: ConnectionPlan | undefined;
  connectionChecksum: string;
  /** Names the state of the connection Secret. */
  connectionVersion: string;
}

/** Reads the Secrets that the spec refers to; their values go no further than a checksum. */
export async function readUserSecrets(context: FeedContext, feed: Feed): Promise<UserSecrets> {
  const source = sourceSecrets(feed.spec.source);
  const sourceParts: string[] = [];
  for (const { name, keys } of source) {
    const data = await readSecret(context, feed, name, 'spec.source', keys);
    for (const key of keys) {
      const value = data.values[key];
      if (value === undefined)
        throw new StallError('SecretKeyNotFound', `spec.source: Secret ${name} has no key ${key}: add it`);
      sourceParts.push(name, key, value);
    }
  }
  const { databricks } = feed.spec;
  const none = { connection: undefined, connectionChecksum: '', connectionVersion: '' };
  const found = { source, sourceChecksum: checksumOf(sourceParts) };
  if (databricks === undefined) return { ...found, ...none };
  const { name } = databricks.connection.secretRef;
  const data = await readSecret(context, feed, name, 'spec.databricks.connection', [
    'host',
    'token (or clientId and clientSecret, or clientId and auth)',
  ]);
  const keys = connectionKeys(Object.keys(data.values));
  if (keys === undefined)
    throw new StallError(
      'SecretKeyNotFound',
      `spec.databricks.connection: Secret ${name} needs host and either token, or clientId and clientSecret, or clientId and auth`,
    );
  const { federationAudience: audience } = context.env;
  if (isFederation(keys) && audience === undefined)
    throw new StallError(
      'FederationNotEnabled',
      `spec.databricks.connection: Secret ${name} asks for federation; set databricks.federationAudience of the operator's chart`,
    );
  return {
    ...found,
    connection: { keys, ...(isFederation(keys) && audience !== undefined ? { audience } : {}) },
    connectionChecksum: checksumOf(keys.flatMap((key) => [key, data.values[key] ?? ''])),
    connectionVersion: data.version,
  };
}

/** The whole Secret, base64 as the API has it; stalls where there is none. `field` and `keys` are for the message. */
export async function readSecret(
  context: FeedContext,
  feed: Pick<Feed, 'namespace'>,
  name: string,
  field: string,
  keys: readonly string[],
): Promise<{ values: Record<string, string>; version: string }> {
  refer(context, referenceTo('Secret', feed.namespace, name));
  const secret = await context.env.secrets.read(name, feed.namespace, context.signal);
  if (secret === undefined)
    throw new StallError(
      'SecretNotFound',
      `${field}: Secret ${name} does not exist in ${feed.namespace}: create it with ${keys.length === 1 ? 'key' : 'keys'} ${keys.join(', ')}`,
    );
  return { values: secret.data ?? {}, version: secret.metadata.resourceVersion ?? '' };
}
