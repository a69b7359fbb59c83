/** One process group that stands for a container. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { guard, release } from '../processes/last-resort.ts';
import {
  groupIsAlive,
  isAlive,
  type ProcessIdentity,
  signalGroup,
  startTimeOf,
} from '../processes/process-identity.ts';
import type { ProcessRegistry } from '../processes/registry.ts';
import { waitUntil } from '../processes/wait-until.ts';
import type { ContainerLog } from './logs/container-log.ts';

export interface ProcessLaunch {
  argv: readonly string[];
  env: Record<string, string>;
  cwd: string;
  /** Moves a path of the container to where it is. */
  place: (path: string) => string;
}

export interface ContainerExit {
  /** 128 + signal where a signal ended it, as a shell and the kubelet count. */
  exitCode: number;
  signal: number | undefined;
}

export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code = 'StartError';
}

const SIGNAL_NUMBERS: Record<string, number> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

export class ContainerProcess {
  readonly identity: ProcessIdentity;
  /** Resolves once nothing of the group is left and its output is in the log. */
  readonly exited: Promise<ContainerExit>;

  private constructor(identity: ProcessIdentity, exited: Promise<ContainerExit>) {
    this.identity = identity;
    this.exited = exited;
  }

  static async start(
    name: string,
    launch: ProcessLaunch,
    log: ContainerLog,
    registry: ProcessRegistry,
  ): Promise<ContainerProcess> {
    const [command = '', ...args] = launch.argv;
    const child = spawn(command, args, {
      env: launch.env,
      cwd: launch.cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      // Its own session: a Ctrl-C in the terminal reaches the node alone, and the group can be ended as a whole.
      detached: true,
    });
    const { pid } = child;
    if (pid === undefined) {
      const error = await new Promise<Error>((resolve) => child.once('error', resolve));
      throw new StartError(error.message, { cause: error });
    }
    const identity = { pid, startTime: startTimeOf(pid) ?? '' };
    guard(identity);
    registry.add(name, identity);
    child.stdout.on('data', (chunk: Buffer) => log.append('stdout', chunk));
    child.stderr.on('data', (chunk: Buffer) => log.append('stderr', chunk));
    const exited = new Promise<ContainerExit>((resolve, reject) => {
      child.once('exit', (code, signal) => {
        const number = signal === null ? undefined : (SIGNAL_NUMBERS[signal] ?? 0);
        const exit = { exitCode: code ?? 128 + (number ?? 0), signal: number };
        endOf(identity, name, [child.stdout, child.stderr])
          .then(() => {
            release(pid);
            registry.remove(pid);
            resolve(exit);
          })
          .catch(reject);
      });
    });
    return new ContainerProcess(identity, exited);
  }

  /** To the first process only, as in a container; the rest goes when it has ended. */
  terminate(): void {
    if (!isAlive(this.identity)) return;
    try {
      process.kill(this.identity.pid, 'SIGTERM');
    } catch {
      // It ended in between; `exited` tells.
    }
  }

  kill(): void {
    signalGroup(this.identity, 'SIGKILL');
  }
}

/** When the first process of a container ends, everything in it ends. */
async function endOf(identity: ProcessIdentity, name: string, output: Readable[]): Promise<void> {
  signalGroup(identity, 'SIGKILL');
  await waitUntil(() => !groupIsAlive(identity), {
    what: `the processes of ${name} to end`,
    timeoutMs: 10_000,
    intervalMs: 10,
  });
  // Something that left the group may hold the pipes open for ever.
  const drained = Promise.all(
    output.map((stream) => stream.closed || new Promise((resolve) => stream.once('close', resolve))),
  );
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([drained, new Promise((resolve) => (timer = setTimeout(resolve, 1_000)))]);
  clearTimeout(timer);
  for (const stream of output) stream.destroy();
}
