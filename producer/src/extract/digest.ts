import { hash } from 'node:crypto';

/** 120 bits: for as many records as a feed can have, and whole bytes in base64url. */
export const DIGEST_CHARS = 20;

/**
 * Of the parts one by one: joining them otherwise gives another digest. The hash itself writes the text: bytes would
 * cost twice the time.
 */
export function digest(...parts: string[]): string {
  let text = '';
  for (const part of parts) text += `${part.length}:${part}`;
  return hash('sha256', text, 'base64url').slice(0, DIGEST_CHARS);
}
