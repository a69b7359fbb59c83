/**
 * Fills a folder so that a reader sees either all of the old files or all of the new ones, as the kubelet does:
 * the files are in a dated folder, `..data` links to it, and the visible names link through `..data`.
 */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname, isAbsolute, join } from 'node:path';
import type { VolumeFile } from './payload.ts';

const DATA = '..data';

/** Returns whether anything changed. */
export function writeAtomically(folder: string, files: readonly VolumeFile[]): boolean {
  for (const { path } of files) checkPath(path);
  mkdirSync(folder, { recursive: true });
  const old = linkTarget(join(folder, DATA));
  if (old !== undefined && isSame(join(folder, old), files)) return false;
  const stamp = `..${new Date().toISOString().replaceAll(/[:.]/g, '_')}.${randomBytes(4).toString('hex')}`;
  for (const { path, data, mode } of files) {
    const target = join(folder, stamp, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, data);
    // Not by the option of writeFileSync, which the umask cuts.
    chmodSync(target, mode);
  }
  mkdirSync(join(folder, stamp), { recursive: true });
  const next = join(folder, '..data_tmp');
  rmSync(next, { force: true });
  symlinkSync(stamp, next);
  renameSync(next, join(folder, DATA));
  link(folder, files);
  if (old !== undefined) rmSync(join(folder, old), { recursive: true, force: true });
  return true;
}

function link(folder: string, files: readonly VolumeFile[]): void {
  const wanted = new Set(files.map(({ path }) => path.split('/')[0] ?? path));
  for (const name of wanted) {
    if (linkTarget(join(folder, name)) === undefined) symlinkSync(join(DATA, name), join(folder, name));
  }
  for (const name of readdirSync(folder)) {
    if (!name.startsWith('..') && !wanted.has(name))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function isSame(folder: string, files: readonly VolumeFile[]): boolean {
  let existing: string[];
  try {
    existing = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return false; // an interrupted earlier run: it is written anew
  }
  if (existing.length !== files.length) return false;
  const known = new Set(existing);
  return files.every(({ path, data, mode }) => {
    const file = join(folder, path);
    return known.has(file) && (statSync(file).mode & 0o777) === mode && readFileSync(file).equals(data);
  });
}

function linkTarget(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return undefined; // there is none yet
  }
}

function checkPath(path: string): void {
  const segments = path.split('/');
  if (path === '' || isAbsolute(path) || segments.includes('..') || segments[0]?.startsWith('..') === true)
    throw new RangeError(`a volume may not hold a file at ${JSON.stringify(path)}`);
}
