import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { hasCode } from '../processes/error-code.ts';

/** The text kept in a file that only its owner can read; `make` provides it the first time. */
export function secretFile(path: string, make: () => string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  const text = make();
  writePrivate(path, text);
  return text;
}

export function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  chmodSync(path, 0o600); // the mode above counts for new files only
}
