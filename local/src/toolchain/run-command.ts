import { spawn } from 'node:child_process';
import { guard, release } from '../processes/last-resort.ts';
import { signalGroup, startTimeOf } from '../processes/process-identity.ts';
import { ToolchainError } from './errors.ts';
import { networkRemedy } from './unreachable.ts';

export type CommandOptions = {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Each line that the command writes to stderr or stdout, for progress. */
  onLine?: (line: string) => void;
  signal?: AbortSignal | undefined;
  /** @default 1200000 */
  timeoutMs?: number;
};

const keptCharacters = 64 * 1024;

/**
 * Runs a command to its end and resolves with what it wrote to stdout (the last 64 Ki characters). Rejects
 * with `BuildFailed` (`DownloadFailed` where the network is the trouble), quoting its last lines, when it cannot be
 * started, fails, or takes too long; on abort its whole process group is killed.
 */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { signal, timeoutMs = 20 * 60_000 } = options;
  signal?.throwIfAborted();
  const child = spawn(command, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const shown = [command, ...args].join(' ');
  const stopped = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
  let stdout = '';
  let everything = '';
  return await new Promise<string>((resolve, reject) => {
    const { pid } = child;
    const identity = pid === undefined ? undefined : { pid, startTime: startTimeOf(pid) ?? '' };
    if (identity !== undefined) guard(identity);
    const onStop = (): void => {
      if (identity !== undefined) signalGroup(identity, 'SIGKILL');
    };
    stopped.addEventListener('abort', onStop);
    const receive = (text: string): void => {
      everything = (everything + text).slice(-keptCharacters);
      for (const line of text.split('\n')) if (line.trim() !== '') options.onLine?.(line.trim());
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout = (stdout + text).slice(-keptCharacters);
      receive(text);
    });
    child.stderr.setEncoding('utf8').on('data', receive);
    child.once('error', (cause) => {
      stopped.removeEventListener('abort', onStop);
      reject(new ToolchainError('BuildFailed', `could not run ${shown}: ${cause.message}`, { cause }));
    });
    child.once('close', (code, killedBy) => {
      stopped.removeEventListener('abort', onStop);
      if (pid !== undefined) release(pid);
      if (code === 0) return resolve(stdout);
      if (signal?.aborted) return reject(signal.reason as Error);
      const how = stopped.aborted
        ? `took longer than ${timeoutMs / 1000} s`
        : killedBy === null
          ? `failed with code ${code}`
          : `was ended by ${killedBy}`;
      const tail = everything.trimEnd().split('\n').slice(-15).join('\n');
      const remedy = networkRemedy(everything);
      return reject(
        remedy === undefined
          ? new ToolchainError('BuildFailed', `${shown}\n${how}:\n${tail}`)
          : new ToolchainError('DownloadFailed', `${shown}\n${how}:\n${tail}\n\n${remedy}`),
      );
    });
  });
}
