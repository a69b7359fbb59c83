import { execFileSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../processes/error-code.ts';
import { ToolchainError } from '../errors.ts';
import { findExecutable } from '../find-executable.ts';
import { runCommand } from '../run-command.ts';

export type InstallOptions = {
  env: NodeJS.ProcessEnv;
  signal: AbortSignal | undefined;
  note: (text: string) => void;
  /** The first words of the error if there is no Python: what is needed, for what. */
  why: string;
  /** A pip constraints file. */
  constraints?: string;
};

const oldestMinor = 11; // the pinned NumPy and SciPy need it
const newestMinor = 13; // PySpark 4.0 was made for no later one

/** Makes a virtual environment in `folder` and installs PyPI packages into it. */
export async function installFromPyPI(
  folder: string,
  requirements: readonly string[],
  options: InstallOptions,
): Promise<void> {
  const { env, signal, note } = options;
  const python = requirePython(env, options.why);
  await runCommand(python, ['-m', 'venv', folder], { env, signal }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    const why = messageOf(cause);
    throw new ToolchainError(
      'ToolMissing',
      `${python} cannot make virtual environments (on Debian: install python3-venv): ${why}`,
      { cause },
    );
  });
  const constraints = options.constraints === undefined ? [] : ['--constraint', options.constraints];
  await runCommand(
    join(folder, 'bin', 'python'),
    [
      '-m',
      'pip',
      'install',
      '--no-cache-dir',
      '--no-input',
      '--progress-bar',
      'off',
      ...constraints,
      ...requirements,
    ],
    { env, signal, onLine: note },
  );
}

/** The start-up scripts of a venv name their interpreter by its full path; this follows the venv to its new one. */
export async function relocateVenv(from: string, to: string): Promise<void> {
  const bin = join(from, 'bin');
  for (const entry of await readdir(bin, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(bin, entry.name);
    const bytes = await readFile(path);
    if (bytes.includes(0) || !bytes.includes(from)) continue;
    await writeFile(path, bytes.toString('utf8').replaceAll(from, to));
  }
}

/** A Python that the pinned packages know; without one the error begins with `why` it is needed. */
export function requirePython(env: NodeJS.ProcessEnv, why: string): string {
  const names = ['python3', 'python3.11', 'python3.12', 'python3.13'];
  const found = names.flatMap((name) => findExecutable(name, env) ?? []).find((path) => isUsable(path));
  if (found !== undefined) return found;
  throw new ToolchainError(
    'ToolMissing',
    `${why}. No Python 3.${oldestMinor} to 3.${newestMinor} is on the PATH: install python3 and python3-venv.`,
  );
}

function isUsable(python: string): boolean {
  try {
    const text = execFileSync(python, ['-c', 'import sys; print(*sys.version_info[:2])'], {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [major, minor] = text.trim().split(' ').map(Number);
    return major === 3 && minor !== undefined && minor >= oldestMinor && minor <= newestMinor;
  } catch {
    return false; // a name on the PATH that does not run, as version switchers leave behind
  }
}
