import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

/** What a process has cost so far. */
export interface Usage {
  /** Of all its threads, user and system. */
  readonly cpuSeconds: number;
  /** The largest resident set that it ever had. */
  readonly peakRssMb: number;
}

/** Linux counts CPU time in these. */
const TICKS_PER_SECOND = 100;

/** A process whose CPU time and memory are read from /proc, the same way for everybody. */
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

  usage(): Usage {
    const stat = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8');
    // Behind the command's name, which may hold blanks: utime and stime are fields 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    const peakKb = Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]);
    return { cpuSeconds: ticks / TICKS_PER_SECOND, peakRssMb: peakKb / 1_024 };
  }

  /** Polls until `done`, and throws with its output when it ends before. */
  async until(done: () => Promise<boolean> | boolean, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!(await done())) {
      signal.throwIfAborted();
      if (this.child.exitCode !== null) throw new Error(`it ended:\n${this.#output}`);
      if (performance.now() > deadline) throw new Error(`not done in ${timeoutMs} ms:\n${this.#output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
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
