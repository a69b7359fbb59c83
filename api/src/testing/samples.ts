import { readdirSync, readFileSync } from 'node:fs';
import { parse, parseAllDocuments } from 'yaml';
import type { Json, JsonObject } from '../crd/index.ts';

/** The documents of `k8s/samples/<name>.yaml`: what we show users is what the tests apply. */
export function sampleDocuments(name: string): JsonObject[] {
  const text = readFileSync(new URL(`../../../k8s/samples/${name}.yaml`, import.meta.url), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as JsonObject);
}

const CATALOGUE = new URL('../../../k8s/catalogue/', import.meta.url);

/** Every StreamSource of the catalogue, by its name. */
export function catalogueFeeds(): [name: string, feed: JsonObject][] {
  return readdirSync(CATALOGUE).map((file) => [
    file.replace(/\.yaml$/, ''),
    parse(readFileSync(new URL(file, CATALOGUE), 'utf8')) as JsonObject,
  ]);
}

/** A fresh copy of the StreamSource of a sample. */
export function sampleFeed(name: string): JsonObject {
  const feed = sampleDocuments(name).find(({ kind }) => kind === 'StreamSource');
  if (feed === undefined) throw new Error(`k8s/samples/${name}.yaml holds no StreamSource`);
  return feed;
}

/** `value` with what is at `path` replaced, or removed where `to` is undefined. Numbers in the path are list indexes. */
export function changed(value: JsonObject, path: string, to: Json | undefined): JsonObject {
  const copy = structuredClone(value);
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  let node: Json | undefined = copy;
  for (const step of steps) node = member(node, step, path);
  if (Array.isArray(node)) {
    if (to === undefined) node.splice(Number(last), 1);
    else node[Number(last)] = to;
  } else if (typeof node === 'object' && node !== null) {
    if (to === undefined) delete node[last];
    else node[last] = to;
  } else throw new TypeError(`${path} is not there`);
  return copy;
}

function member(node: Json | undefined, step: string, path: string): Json | undefined {
  if (Array.isArray(node)) return node[Number(step)];
  if (typeof node === 'object' && node !== null) return node[step];
  throw new TypeError(`${path} is not there`);
}
