import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../run-step.ts';

/** The whole content of one folder that nobody edits. */
export interface Generated {
  /** Relative to the repository's root; what is in it and not in `files` is left over. */
  folder: string;
  /** Text by file name. */
  files: ReadonlyMap<string, string>;
}

export interface Generator {
  name: string;
  /** `check`: answer only if that is cheap; otherwise say why it was skipped. */
  generate: (options: { check: boolean }) => Promise<Generated | { skipped: string }>;
}

/** Says which files are stale, missing or left over. */
export async function checkGenerated({ folder, files }: Generated): Promise<string[]> {
  const present = await presentFiles(folder);
  const problems: string[] = [];
  for (const [name, text] of files) {
    const current = present.get(name);
    if (current === undefined) problems.push(`${folder}/${name} is missing`);
    else if (current !== text) problems.push(`${folder}/${name} is not what its source gives`);
  }
  for (const name of present.keys()) {
    if (!files.has(name)) problems.push(`${folder}/${name} is left over`);
  }
  return problems;
}

/** Writes what changed and removes what is left over; returns how many files it touched. */
export async function applyGenerated({ folder, files }: Generated): Promise<number> {
  const present = await presentFiles(folder);
  const path = (name: string): string => join(ROOT, folder, name);
  await mkdir(join(ROOT, folder), { recursive: true });
  let touched = 0;
  for (const [name, text] of files) {
    if (present.get(name) === text) continue;
    await writeFile(path(name), text);
    touched += 1;
  }
  for (const name of present.keys()) {
    if (files.has(name)) continue;
    await rm(path(name));
    touched += 1;
  }
  return touched;
}

async function presentFiles(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(join(ROOT, folder), { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  const files = new Map<string, string>();
  for (const entry of entries) {
    if (entry.isFile()) files.set(entry.name, await readFile(join(ROOT, folder, entry.name), 'utf8'));
  }
  return files;
}
