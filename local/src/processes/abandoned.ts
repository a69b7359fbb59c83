import { readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessRegistry } from './registry.ts';

/** How the temporary folders of test servers begin. */
export const testFolderPrefix = 'tributary-test-';

const untouchedMs = 60 * 60_000;

/** Ends the servers, and removes the folders, of test runs that were killed before they could do so themselves. */
export async function sweepAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(testFolderPrefix)) continue;
    const folder = join(tmpdir(), name);
    const registry = new ProcessRegistry(folder);
    const killed = await registry.killOrphans();
    const age = Date.now() - ((await stat(folder).catch(() => undefined))?.mtimeMs ?? Date.now());
    const abandoned = killed.length > 0 || (age > untouchedMs && registry.otherOwners().length === 0);
    if (abandoned) await rm(folder, { recursive: true, force: true });
  }
}
