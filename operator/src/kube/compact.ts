import type { KubeObject } from './types.ts';

/** Longer texts are seldom the same in two objects. */
const MAX_LENGTH = 64;
/** Names and UIDs are as many as objects: the texts that repeat come back soon after they were forgotten. */
const MAX_TEXTS = 4_096;
const texts = new Map<string, string>();

/**
 * An object as it is kept for long: without managedFields, which often are half of it, and with texts that many objects
 * repeat held once. Parsing makes a new text for each value, and a cache of thousands of like objects consists of them.
 */
export function compact<T extends KubeObject>(object: T): T {
  // Not by `delete`: it would turn the metadata into a hash table, which takes several times the memory.
  const { managedFields: _, ...metadata } = object.metadata;
  shareTexts(metadata);
  for (const [field, value] of Object.entries(object)) if (field !== 'metadata') shareTexts(value);
  return { ...object, metadata };
}

function shareTexts(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const member: unknown = Reflect.get(value, key);
    if (typeof member === 'string') Reflect.set(value, key, shared(member));
    else shareTexts(member);
  }
}

function shared(text: string): string {
  if (text.length > MAX_LENGTH) return text;
  const known = texts.get(text);
  if (known !== undefined) return known;
  if (texts.size >= MAX_TEXTS) texts.clear();
  texts.set(text, text);
  return text;
}
