/**
 * Where an observed object is not what was desired. Only what is desired is looked at: the server adds defaults, and
 * other managers add fields, labels and list items of their own.
 */
import { sameQuantity } from './quantity.ts';
import type { KubeObject } from './types.ts';

/** What identifies an item of a list that the API treats as a map (`x-kubernetes-list-map-keys`), by field name. */
const LIST_KEYS: Record<string, readonly (readonly string[])[]> = {
  containers: [['name']],
  initContainers: [['name']],
  ephemeralContainers: [['name']],
  volumes: [['name']],
  env: [['name']],
  imagePullSecrets: [['name']],
  secrets: [['name']],
  volumeMounts: [['mountPath']],
  volumeDevices: [['devicePath']],
  hostAliases: [['ip']],
  // Of a container, else of a Service.
  ports: [
    ['containerPort', 'protocol'],
    ['port', 'protocol'],
  ],
  topologySpreadConstraints: [['topologyKey', 'whenUnsatisfiable']],
  ownerReferences: [['uid']],
  conditions: [['type']],
};
/** Defaults of key fields. */
const KEY_DEFAULTS: Record<string, string> = { protocol: 'TCP' };
/** Lists without order or repetition. */
const SETS = new Set(['finalizers']);
/** Fields below which values are quantities. */
const QUANTITIES = new Set(['limits', 'requests', 'capacity', 'sizeLimit', 'divisor', 'hard']);
/** Maps with keys of the user's own: there the server keeps an empty text, elsewhere it drops it. */
const FREE_MAPS = new Set(['data', 'labels', 'annotations', 'matchLabels', 'nodeSelector']);
/** Written by the server, or no part of what is applied. */
const IGNORED_METADATA = new Set([
  'managedFields',
  'resourceVersion',
  'uid',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
]);
/** Deeper than any schema goes; a value that goes on is taken as different. */
const MAX_DEPTH = 64;
const MAX_PATHS = 32;

/** Paths such as `spec.replicas` at which `observed` differs from `desired`, at most 32. `status` is not compared. */
export function findDrift(desired: KubeObject, observed: KubeObject): string[] {
  const paths: string[] = [];
  for (const [field, want] of Object.entries(desired)) {
    if (field === 'apiVersion' || field === 'kind' || field === 'status') continue;
    const has: unknown = Reflect.get(observed, field);
    if (field === 'metadata') compareMetadata(desired, observed, paths);
    else compare(want, has, field, field, false, 0, paths);
  }
  return paths;
}

function compareMetadata(desired: KubeObject, observed: KubeObject, paths: string[]): void {
  for (const [field, want] of Object.entries(desired.metadata)) {
    if (IGNORED_METADATA.has(field)) continue;
    const has: unknown = Reflect.get(observed.metadata, field);
    compare(want, has, field, `metadata.${field}`, false, 1, paths);
  }
}

function compare(
  want: unknown,
  has: unknown,
  field: string,
  path: string,
  quantity: boolean,
  depth: number,
  paths: string[],
): void {
  if (paths.length >= MAX_PATHS) return;
  if (depth > MAX_DEPTH) paths.push(path);
  else if (isEmpty(want) && isEmpty(has)) return;
  else if (Array.isArray(want)) compareList(want, has, field, path, quantity, depth, paths);
  else if (isObject(want)) compareObject(want, has, field, path, quantity, depth, paths);
  else if (!sameScalar(want, has, quantity)) paths.push(path);
}

function compareObject(
  want: Record<string, unknown>,
  has: unknown,
  field: string,
  path: string,
  quantity: boolean,
  depth: number,
  paths: string[],
): void {
  if (!isObject(has)) {
    paths.push(path);
    return;
  }
  for (const [name, value] of Object.entries(want)) {
    const below = quantity || QUANTITIES.has(name);
    const found = Object.hasOwn(has, name) ? has[name] : undefined;
    if (value === '' && found === undefined && !FREE_MAPS.has(field)) continue;
    compare(value, found, name, `${path}.${name}`, below, depth + 1, paths);
  }
}

function compareList(
  want: unknown[],
  has: unknown,
  field: string,
  path: string,
  quantity: boolean,
  depth: number,
  paths: string[],
): void {
  if (!Array.isArray(has)) {
    paths.push(path);
    return;
  }
  if (SETS.has(field)) {
    if (!want.every((item) => has.includes(item))) paths.push(path);
    return;
  }
  const keys = listKeys(field, want);
  if (keys === undefined) {
    // Atomic: the whole list is ours, in our order.
    if (want.length !== has.length) paths.push(path);
    else want.forEach((item, i) => compare(item, has[i], field, `${path}[${i}]`, quantity, depth + 1, paths));
    return;
  }
  const found = new Map(has.map((item) => [identity(item, keys), item]));
  for (const item of want) {
    const key = identity(item, keys);
    compare(item, found.get(key), field, `${path}[${key}]`, quantity, depth + 1, paths);
  }
}

/** The key fields if every item has them; else the list is compared as an atomic one. */
function listKeys(field: string, items: unknown[]): readonly string[] | undefined {
  const candidates = Object.hasOwn(LIST_KEYS, field) ? LIST_KEYS[field] : undefined;
  return candidates?.find((keys) =>
    items.every((item) => isObject(item) && identity(item, keys) !== undefined),
  );
}

function identity(item: unknown, keys: readonly string[]): string | undefined {
  if (!isObject(item)) return undefined;
  const parts: string[] = [];
  for (const key of keys) {
    const value = item[key] ?? KEY_DEFAULTS[key];
    if (typeof value !== 'string' && typeof value !== 'number') return undefined;
    parts.push(String(value));
  }
  return parts.join('/');
}

function sameScalar(want: unknown, has: unknown, quantity: boolean): boolean {
  if (want === has) return true;
  return quantity && isQuantityLike(want) && isQuantityLike(has) && sameQuantity(want, has);
}

function isQuantityLike(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

/** Absent and empty mean the same to the API server, which drops either. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isObject(value) && Object.keys(value).length === 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
