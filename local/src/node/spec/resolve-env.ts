/** The environment of a container, from its spec and the objects that it refers to. */
import type { ConfigMap, Secret } from '@tributary/operator/kube';
import type { ContainerSpec, EnvVar, Pod, PodFacts } from '../types.ts';
import { expand } from './expand.ts';
import { fieldValue, resourceValue } from './field-ref.ts';

/** Where ConfigMaps and Secrets of the pod's namespace are found. */
export interface ObjectSource {
  configMap(name: string): ConfigMap | undefined;
  secret(name: string): Secret | undefined;
}

export interface EnvContext {
  pod: Pod;
  container: ContainerSpec;
  facts: PodFacts;
  objects: ObjectSource;
}

/** The container cannot be started as things stand; shown as the reason it waits for. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
  readonly code = 'CreateContainerConfigError';
}

/** Later entries win, `env` over `envFrom`, as in the kubelet; values may refer to entries before them. */
export function resolveEnv(context: EnvContext, base: Record<string, string> = {}): Record<string, string> {
  const { container, objects } = context;
  const env: Record<string, string> = { ...base };
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef !== undefined) {
      const found = objects.configMap(configMapRef.name ?? '');
      if (found === undefined && configMapRef.optional !== true)
        throw missing('configmap', configMapRef.name);
      for (const [key, value] of Object.entries(found?.data ?? {})) env[prefix + key] = value;
    }
    if (secretRef !== undefined) {
      const found = objects.secret(secretRef.name ?? '');
      if (found === undefined && secretRef.optional !== true) throw missing('secret', secretRef.name);
      for (const [key, value] of Object.entries(found?.data ?? {})) env[prefix + key] = decode(value);
    }
  }
  for (const entry of container.env ?? []) {
    const value = valueOf(entry, context, env);
    if (value !== undefined) env[entry.name] = value;
  }
  return env;
}

function valueOf(
  entry: EnvVar,
  { pod, container, facts, objects }: EnvContext,
  known: Record<string, string>,
): string | undefined {
  const from = entry.valueFrom;
  if (from === undefined) return expand(entry.value ?? '', (name) => known[name]);
  if (from.fieldRef !== undefined) {
    const value = fieldValue(pod, from.fieldRef.fieldPath, facts);
    if (value === undefined) throw unknownField(entry.name, from.fieldRef.fieldPath);
    return value;
  }
  if (from.resourceFieldRef !== undefined) {
    const { containerName, resource, divisor } = from.resourceFieldRef;
    const whose =
      containerName === undefined || containerName === ''
        ? container
        : (pod.spec?.containers.find(({ name }) => name === containerName) ?? container);
    const value = resourceValue(whose, resource, divisor, facts);
    if (value === undefined) throw unknownField(entry.name, resource);
    return value;
  }
  if (from.configMapKeyRef !== undefined) {
    const { name, key, optional } = from.configMapKeyRef;
    const value = objects.configMap(name ?? '')?.data?.[key];
    if (value === undefined && optional !== true) throw missing('configmap', name, key);
    return value;
  }
  if (from.secretKeyRef !== undefined) {
    const { name, key, optional } = from.secretKeyRef;
    const value = objects.secret(name ?? '')?.data?.[key];
    if (value === undefined && optional !== true) throw missing('secret', name, key);
    return value === undefined ? undefined : decode(value);
  }
  throw new ContainerConfigError(`env ${entry.name}: this valueFrom is not known to the local node`);
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function missing(kind: string, name = '', key?: string): ContainerConfigError {
  return new ContainerConfigError(
    key === undefined ? `${kind} "${name}" not found` : `couldn't find key ${key} in ${kind} "${name}"`,
  );
}

function unknownField(name: string, path: string): ContainerConfigError {
  return new ContainerConfigError(`env ${name}: there is no value for ${path}`);
}
