import { readFile } from 'node:fs/promises';
import { parseAllDocuments } from 'yaml';

/** A manifest as kubectl takes it. */
export interface ManifestObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [key: string]: unknown };
  spec?: Record<string, unknown>;
  [key: string]: unknown;
}

/** All documents of a YAML file, in order. */
export async function readManifests(path: string): Promise<ManifestObject[]> {
  const documents = parseAllDocuments(await readFile(path, 'utf8'));
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(`${path}: ${error.message}`);
    const value = document.toJS() as ManifestObject | null;
    return value === null ? [] : [value];
  });
}

/** RFC 7386 merge: what `patch` names replaces, null removes. */
export function mergeManifest(object: ManifestObject, patch: Record<string, unknown>): ManifestObject {
  return merge(object, patch) as ManifestObject;
}

function merge(target: unknown, patch: unknown): unknown {
  if (!isPlain(patch)) return patch;
  const result: Record<string, unknown> = isPlain(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merge(result[key], value);
  }
  return result;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
