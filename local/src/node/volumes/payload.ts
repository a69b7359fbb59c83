/** Which files a volume holds. Pure: objects in, bytes out. */
import type { ConfigMap, Secret } from '@tributary/operator/kube';
import { fieldValue, resourceValue } from '../spec/field-ref.ts';
import type { ObjectSource } from '../spec/resolve-env.ts';
import { type Pod, type PodFacts, specOf, type Volume } from '../types.ts';

export interface VolumeFile {
  /** Below the volume, without `..`: the API server sees to that, and the writer checks it. */
  path: string;
  data: Buffer;
  mode: number;
}

export interface PayloadContext {
  pod: Pod;
  facts: PodFacts;
  objects: ObjectSource;
  /** Tokens asked for beforehand, by `tokenKey`. */
  tokens: ReadonlyMap<string, string>;
}

/** The volume cannot be filled as things stand: the pod waits and the node tries again. */
export class MountError extends Error {
  override readonly name = 'MountError';
  readonly code = 'FailedMount';
}

interface KeyToPath {
  key: string;
  path: string;
  mode?: number;
}

const DEFAULT_MODE = 0o644;

/** Undefined for volumes that are folders of their own (emptyDir, claims). */
export function filesOf(volume: Volume, context: PayloadContext): VolumeFile[] | undefined {
  const { objects } = context;
  if (volume.configMap !== undefined) {
    const { name = '', items, optional, defaultMode } = volume.configMap;
    return pick('configmap', name, bytesOfConfigMap(objects.configMap(name)), items, optional, defaultMode);
  }
  if (volume.secret !== undefined) {
    const { secretName = '', items, optional, defaultMode } = volume.secret;
    return pick(
      'secret',
      secretName,
      bytesOfSecret(objects.secret(secretName)),
      items,
      optional,
      defaultMode,
    );
  }
  if (volume.downwardAPI !== undefined) {
    return downward(volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode, context);
  }
  if (volume.projected !== undefined) {
    const { sources = [], defaultMode } = volume.projected;
    // A later source overwrites what an earlier one put at the same path.
    const files = new Map<string, VolumeFile>();
    for (const source of sources)
      for (const file of projected(source, defaultMode, context)) files.set(file.path, file);
    return [...files.values()];
  }
  return undefined;
}

type ProjectedSource = NonNullable<NonNullable<Volume['projected']>['sources']>[number];

export interface TokenSpec {
  audience: string | undefined;
  expirationSeconds: number;
}

/** The tokens that a volume needs. */
export function tokensOf(volume: Volume): TokenSpec[] {
  return (volume.projected?.sources ?? []).flatMap(({ serviceAccountToken: token }) =>
    token === undefined
      ? []
      : [{ audience: token.audience, expirationSeconds: token.expirationSeconds ?? 3600 }],
  );
}

export function tokenKey({ audience = '', expirationSeconds }: TokenSpec): string {
  return `${expirationSeconds} ${audience}`;
}

function projected(source: ProjectedSource, mode: number | undefined, context: PayloadContext): VolumeFile[] {
  const { objects, tokens } = context;
  if (source.configMap !== undefined) {
    const { name = '', items, optional } = source.configMap;
    return pick('configmap', name, bytesOfConfigMap(objects.configMap(name)), items, optional, mode);
  }
  if (source.secret !== undefined) {
    const { name = '', items, optional } = source.secret;
    return pick('secret', name, bytesOfSecret(objects.secret(name)), items, optional, mode);
  }
  if (source.downwardAPI !== undefined) return downward(source.downwardAPI.items ?? [], mode, context);
  if (source.serviceAccountToken !== undefined) {
    const { audience, expirationSeconds = 3600, path } = source.serviceAccountToken;
    const token = tokens.get(tokenKey({ audience, expirationSeconds }));
    if (token === undefined) throw new MountError('the service account token has not come yet');
    // Only the pod's user may read it, whatever the volume says.
    return [{ path, data: Buffer.from(token), mode: 0o600 }];
  }
  throw new MountError(`this source of a projected volume is not known: ${Object.keys(source).join(', ')}`);
}

function downward(
  items: NonNullable<NonNullable<Volume['downwardAPI']>['items']>,
  defaultMode: number | undefined,
  { pod, facts }: PayloadContext,
): VolumeFile[] {
  return items.map(({ path, fieldRef, resourceFieldRef, mode }) => {
    let value: string | undefined;
    if (fieldRef !== undefined) value = fieldValue(pod, fieldRef.fieldPath, facts);
    if (resourceFieldRef !== undefined) {
      const container = specOf(pod).containers.find(({ name }) => name === resourceFieldRef.containerName);
      if (container !== undefined)
        value = resourceValue(container, resourceFieldRef.resource, resourceFieldRef.divisor, facts);
    }
    if (value === undefined) throw new MountError(`downward API: there is no value for ${path}`);
    return { path, data: Buffer.from(value), mode: mode ?? defaultMode ?? DEFAULT_MODE };
  });
}

function pick(
  kind: string,
  name: string,
  data: Map<string, Buffer> | undefined,
  items: KeyToPath[] | undefined,
  optional: boolean | undefined,
  defaultMode = DEFAULT_MODE,
): VolumeFile[] {
  if (data === undefined) {
    if (optional === true) return [];
    throw new MountError(`${kind} "${name}" not found`);
  }
  if (items === undefined || items.length === 0)
    return [...data].map(([path, bytes]) => ({ path, data: bytes, mode: defaultMode }));
  return items.flatMap(({ key, path, mode }) => {
    const bytes = data.get(key);
    if (bytes !== undefined) return [{ path, data: bytes, mode: mode ?? defaultMode }];
    if (optional === true) return [];
    throw new MountError(`${kind} "${name}" has no key ${key}`);
  });
}

function bytesOfConfigMap(object: ConfigMap | undefined): Map<string, Buffer> | undefined {
  if (object === undefined) return undefined;
  return new Map([
    ...Object.entries(object.data ?? {}).map(([key, text]) => [key, Buffer.from(text)] as const),
    ...Object.entries(object.binaryData ?? {}).map(
      ([key, base64]) => [key, Buffer.from(base64, 'base64')] as const,
    ),
  ]);
}

function bytesOfSecret(object: Secret | undefined): Map<string, Buffer> | undefined {
  if (object === undefined) return undefined;
  return new Map(
    Object.entries(object.data ?? {}).map(([key, base64]) => [key, Buffer.from(base64, 'base64')] as const),
  );
}
