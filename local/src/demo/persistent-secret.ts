import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A random value that stays the same over restarts in one work folder. */
export async function persistentSecret(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const value = randomBytes(16).toString('hex');
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
    await writeFile(path, value, { mode: 0o600 });
    return value;
  }
}
