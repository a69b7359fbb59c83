/** The URLs of the Kubernetes API. */
import type { KubeObject, ResourceType, Selector } from './types.ts';

/** `v1` or `group/version`, as `apiVersion` has it. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}

/** The path of a collection; without a namespace that of all namespaces. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  if (!type.namespaced || namespace === undefined) return `${root}/${type.plural}`;
  return `${root}/namespaces/${encodeURIComponent(namespace)}/${type.plural}`;
}

export function objectPath(
  type: ResourceType,
  name: string,
  namespace?: string,
  subresource?: string,
): string {
  if (name === '') throw new TypeError(`${type.kind}: a name is needed`);
  if (type.namespaced && (namespace === undefined || namespace === '')) {
    throw new TypeError(`${type.kind} ${name}: a namespace is needed`);
  }
  const path = `${collectionPath(type, namespace)}/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

export function withQuery(
  path: string,
  query: Record<string, string | number | boolean | undefined>,
): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) params.set(key, String(value));
  }
  const text = params.toString();
  return text === '' ? path : `${path}?${text}`;
}

export function selectorQuery(selector: Selector): Record<string, string | undefined> {
  return { labelSelector: selector.labelSelector, fieldSelector: selector.fieldSelector };
}

/** `namespace/name`, or `name` for what lives outside namespaces: the key of stores and queues. */
export function keyOf(object: KubeObject): string {
  return joinKey(object.metadata.name, object.metadata.namespace);
}

export function joinKey(name: string, namespace?: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

export function splitKey(key: string): { namespace: string | undefined; name: string } {
  const slash = key.indexOf('/');
  return slash < 0
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
