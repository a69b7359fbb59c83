import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { arm, guard, release } from './last-resort.ts';
import { groupIsAlive, signalGroup, startTimeOf } from './process-identity.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { ProcessRegistry } from './registry.ts';
import { FatalWaitError, waitUntil } from './wait-until.ts';

export type ProcessSpec = {
  /** Shown in messages: "kube-apiserver". */
  name: string;
  command: string;
  args: readonly string[];
  /** The whole environment: nothing is inherited unless the caller passes it on. */
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** Gets stdout and stderr, appended; its end is quoted when the process fails. */
  logFile: string;
  /** Resolves to true once the process serves. Without it the process counts as ready when started. */
  ready?: () => Promise<boolean>;
  /** @default 60000 */
  readyTimeoutMs?: number;
  /** Between SIGTERM and SIGKILL. @default 10000 */
  graceMs?: number;
};

export type Exit = { code: number | null; signal: NodeJS.Signals | null };

/** A process ended that should not have; the message ends with the last lines of its log. */
export class ProcessExitedError extends FatalWaitError {
  override readonly name = 'ProcessExitedError';
  readonly code = 'ProcessExited';
}

/** A process of ours with everything it starts: one process group, ended as a whole. */
export class ManagedProcess {
  readonly spec: ProcessSpec;
  readonly identity: ProcessIdentity;
  /** Resolves when the process itself has ended. */
  readonly exited: Promise<Exit>;
  #exit: Exit | undefined;
  #stopping = false;

  constructor(spec: ProcessSpec, child: ChildProcess, identity: ProcessIdentity) {
    this.spec = spec;
    this.identity = identity;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#exit = { code, signal };
        resolve(this.#exit);
      });
    });
  }

  get pid(): number {
    return this.identity.pid;
  }

  /** How the process ended; undefined while it runs. */
  get exit(): Exit | undefined {
    return this.#exit;
  }

  /** Whether it was told to end, so that its end is no failure. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** SIGTERM, then SIGKILL when the grace is over; resolves when nothing of the group is left. */
  async stop(graceMs: number = this.spec.graceMs ?? 10_000): Promise<Exit> {
    this.#stopping = true;
    signalGroup(this.identity, 'SIGTERM');
    const timer = setTimeout(() => signalGroup(this.identity, 'SIGKILL'), graceMs);
    const exit = await this.exited;
    clearTimeout(timer);
    await this.#endGroup();
    return exit;
  }

  /** SIGKILL at once, as a crash would. */
  async kill(): Promise<Exit> {
    this.#stopping = true;
    await this.#endGroup();
    return await this.exited;
  }

  async #endGroup(): Promise<void> {
    signalGroup(this.identity, 'SIGKILL');
    await waitUntil(() => !groupIsAlive(this.identity), {
      what: `${this.spec.name} (pid ${this.pid}) to end`,
      timeoutMs: 10_000,
      intervalMs: 10,
    });
  }
}

/** Starts processes for one work folder and answers for every one of them to the end. */
export class Supervisor {
  readonly registry: ProcessRegistry;
  readonly #running = new Map<number, ManagedProcess>();

  /** Call `registry.killOrphans()` first where an earlier run may have crashed. */
  constructor(workDir: string) {
    this.registry = new ProcessRegistry(workDir);
  }

  get running(): readonly ManagedProcess[] {
    return [...this.#running.values()];
  }

  /**
   * Resolves when the process is ready. Rejects with `ProcessExitedError` if it ends before that, and leaves
   * nothing running when it rejects (an abort included).
   */
  async start(spec: ProcessSpec, signal?: AbortSignal): Promise<ManagedProcess> {
    signal?.throwIfAborted();
    const managed = await this.#spawn(spec);
    const { ready } = spec;
    if (ready === undefined) return managed;
    try {
      await waitUntil(
        async () => {
          if (managed.exit !== undefined) throw await exitError(managed);
          return await ready();
        },
        {
          what: `${spec.name} to be ready`,
          timeoutMs: spec.readyTimeoutMs ?? 60_000,
          intervalMs: 25,
          signal,
        },
      );
      return managed;
    } catch (error) {
      await managed.kill();
      throw error;
    }
  }

  /** Stops everything, the latest first, each with its own grace. */
  async stopAll(): Promise<void> {
    for (const managed of this.running.toReversed()) await managed.stop();
  }

  async #spawn(spec: ProcessSpec): Promise<ManagedProcess> {
    mkdirSync(dirname(spec.logFile), { recursive: true });
    const log = openSync(spec.logFile, 'a', 0o600);
    arm();
    let child: ChildProcess;
    try {
      child = spawn(spec.command, spec.args, {
        env: spec.env,
        ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
        stdio: ['ignore', log, log],
        detached: true, // its own group and session: a Ctrl-C in the terminal reaches us alone
      });
    } finally {
      closeSync(log);
    }
    const { pid } = child;
    if (pid === undefined) {
      release();
      const error = await new Promise<Error>((resolve) => child.once('error', resolve));
      throw new ProcessExitedError(`${spec.name} could not be started: ${error.message}`, { cause: error });
    }
    const identity = { pid, startTime: startTimeOf(pid) ?? '' };
    const managed = new ManagedProcess(spec, child, identity);
    guard(identity);
    this.registry.add(spec.name, identity);
    this.#running.set(pid, managed);
    void managed.exited.then(() => {
      signalGroup(identity, 'SIGKILL'); // what the process left behind goes with it
      release(pid);
      this.registry.remove(pid);
      this.#running.delete(pid);
    });
    return managed;
  }
}

/** The error for a process that ended by itself, quoting the end of its log. */
export async function exitError(managed: ManagedProcess): Promise<ProcessExitedError> {
  const { spec, exit } = managed;
  const how = exit?.signal ? `by ${exit.signal}` : `with code ${exit?.code}`;
  const tail = await readTail(spec.logFile, 4096);
  return new ProcessExitedError(`${spec.name} ended ${how}; the end of ${spec.logFile}:\n${tail}`);
}

async function readTail(path: string, bytes: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - bytes);
    const buffer = Buffer.alloc(size - start);
    await file.read(buffer, 0, buffer.length, start);
    return buffer.toString('utf8').trimEnd();
  } finally {
    await file.close();
  }
}
