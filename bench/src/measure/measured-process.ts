import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { usageOf, type ProcessUsage } from '@tributary/local/testing';

const LOOK_EVERY_MS = 20;

/** A process whose CPU time and memory are measured. */
export class MeasuredProcess {
  readonly child: ChildProcess;
  readonly #startedAt = performance.now();
  #output = '';

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv, cwd?: string) {
    this.child = spawn(command, args, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-8_000)));
    }
  }

  /** Since it was started. */
  get seconds(): number {
    return (performance.now() - this.#startedAt) / 1_000;
  }

  /** The end of what it wrote. */
  get output(): string {
    return this.#output;
  }

  usage(): ProcessUsage {
    return usageOf(this.child.pid);
  }

  /** Polls until `done`, and throws with its output when it ends before. */
  async until(
    done: () => Promise<boolean> | boolean,
    timeoutMs: number,
    signal: AbortSignal,
    everyMs = LOOK_EVERY_MS,
  ): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!(await done())) {
      signal.throwIfAborted();
      if (this.child.exitCode !== null) throw new Error(`it ended:\n${this.#output}`);
      if (performance.now() > deadline) throw new Error(`not done in ${timeoutMs} ms:\n${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(late);
  }
}
