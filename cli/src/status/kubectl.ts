import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CliError } from '../output/cli-error.ts';

const run = promisify(execFile);
const WITHIN_MS = 30_000;
const MOST_BYTES = 64 * 1024 * 1024;

export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** What kubectl prints as JSON. It knows how to log in to every cluster; we need not. */
export async function kubectlJson(
  args: readonly string[],
  { kubeconfig, context }: ClusterFlags,
  signal: AbortSignal,
): Promise<unknown> {
  const where = [
    ...(kubeconfig === undefined ? [] : ['--kubeconfig', kubeconfig]),
    ...(context === undefined ? [] : ['--context', context]),
  ];
  const program = process.env['TRIBUTARY_KUBECTL'] || 'kubectl';
  try {
    const { stdout } = await run(program, [...where, ...args, '-o', 'json'], {
      signal,
      timeout: WITHIN_MS,
      maxBuffer: MOST_BYTES,
    });
    return JSON.parse(stdout);
  } catch (error) {
    signal.throwIfAborted();
    throw explain(error, program);
  }
}

function explain(error: unknown, program: string): CliError {
  const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
  if (code === 'ENOENT')
    return new CliError(
      'KubectlMissing',
      `there is no ${program} on the PATH`,
      'install kubectl, or pipe what it prints: kubectl get feed NAME -o json | tributary status -',
      { cause: error },
    );
  const said = stderr.trim().split('\n').at(-1) ?? '';
  const remedy = /NotFound/.test(said)
    ? 'check name and namespace: kubectl get feeds -A'
    : 'check the cluster: kubectl cluster-info';
  return new CliError('ClusterUnreadable', said === '' ? `${program} failed` : said, remedy, {
    cause: error,
  });
}
