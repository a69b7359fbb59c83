import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { hasCode } from './api-error.ts';

/** What the Python side is told, on its standard input: nothing of it is secret, and none of it is in argv. */
export interface RunPlan {
  readonly runDir: string;
  readonly treeDir: string;
  readonly volumesDir: string;
  readonly warehouseDir: string;
  /** `main.landing.x` is the folder `main/landing/x` in it. */
  readonly tablesDir: string;
  readonly jars: readonly string[];
  readonly jobName: string;
  readonly runId: number;
  readonly tasks: readonly {
    readonly taskKey: string;
    readonly notebookPath: string;
    readonly parameters: Readonly<Record<string, string>>;
    readonly dependsOn: readonly string[];
    readonly runIf: string;
  }[];
}

/** One line of what the Python side tells. */
export type RunEvent =
  | { readonly task: string; readonly phase: 'RUNNING' }
  | {
      readonly task: string;
      readonly phase: 'TERMINATED';
      readonly code: string;
      readonly message: string;
      readonly result?: string;
      readonly error?: string;
      readonly trace?: string;
    };

/** Of a process that answers one statement. */
export interface SqlPlan extends Pick<RunPlan, 'runDir' | 'warehouseDir' | 'tablesDir' | 'jars'> {
  readonly runId: string;
  readonly statement: string;
}

export type SqlAnswer =
  | {
      readonly columns: readonly { readonly name: string; readonly type_text: string }[];
      readonly rows: readonly (readonly (string | null)[])[];
    }
  | { readonly error: string };

export interface ProcessOptions<Plan extends { readonly runDir: string } = RunPlan, Event = RunEvent> {
  readonly python: string;
  readonly javaHome: string | undefined;
  /** In this folder. @default runner.py */
  readonly script?: 'runner.py' | 'sql_runner.py';
  readonly plan: Plan;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: Event) => void;
}

export type ProcessEnd = 'ended' | 'cancelled' | 'timedOut' | 'crashed';

const GRACE_MS = 5_000;
/** All that a run sees of our environment: whatever is secret here stays here. */
const PASSED_ON = ['PATH', 'JAVA_HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'LD_LIBRARY_PATH'];

/**
 * Executes a run's notebooks in a Python process of its own process group (Spark's JVM is in it too). The group ends with
 * the run, when it is cancelled, and when we die: the runner watches its standard input.
 */
export async function executeRun<Plan extends { readonly runDir: string }, Event>(
  options: ProcessOptions<Plan, Event>,
): Promise<ProcessEnd> {
  const { plan, signal, script = 'runner.py' } = options;
  if (signal.aborted) return 'cancelled';
  await mkdir(plan.runDir, { recursive: true });
  const log = openSync(join(plan.runDir, 'driver.log'), 'a');
  const child = spawn(options.python, [fileURLToPath(new URL(script, import.meta.url))], {
    cwd: plan.runDir,
    env: environment(plan.runDir, options.javaHome),
    stdio: ['pipe', log, log, 'pipe'],
    detached: true,
  });
  closeSync(log);

  const failedToStart = once(child, 'error').then(() => 'crashed' as const);
  const exited = once(child, 'exit').then(([code]) =>
    code === 0 ? ('ended' as const) : ('crashed' as const),
  );
  const events = createInterface({ input: child.stdio[3] as Readable });
  events.on('line', (line) => {
    const event = parseEvent<Event>(line);
    if (event !== undefined) options.onEvent(event);
  });
  const told = once(events, 'close');
  child.stdin?.on('error', () => undefined); // a child that died early is reported by its exit
  child.stdin?.write(`${JSON.stringify(plan)}\n`);

  const stop = Promise.withResolvers<'cancelled' | 'timedOut'>();
  const onAbort = (): void => stop.resolve('cancelled');
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => stop.resolve('timedOut'), options.timeoutMs);
  try {
    const end = await Promise.race([exited, failedToStart, stop.promise]);
    if (child.pid !== undefined && (end === 'cancelled' || end === 'timedOut')) {
      await endGroup(child.pid, exited);
    } else if (child.pid !== undefined) {
      signalGroup(child.pid, 'SIGKILL'); // whatever the notebooks left behind
    }
    if (child.pid !== undefined) await told;
    return end;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

async function endGroup(pid: number, exited: Promise<unknown>): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  const force = setTimeout(() => signalGroup(pid, 'SIGKILL'), GRACE_MS);
  await exited;
  clearTimeout(force);
  signalGroup(pid, 'SIGKILL');
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(-pid, name);
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error; // already gone
  }
}

function environment(runDir: string, javaHome: string | undefined): NodeJS.ProcessEnv {
  const passed = PASSED_ON.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]] as const],
  );
  return {
    ...Object.fromEntries(passed),
    ...(javaHome === undefined ? {} : { JAVA_HOME: javaHome }),
    HOME: runDir,
    TZ: 'UTC',
    MPLBACKEND: 'Agg',
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    SPARK_LOCAL_IP: '127.0.0.1',
    // Two cores are shared with everything else of the stack.
    OMP_NUM_THREADS: '1',
    OPENBLAS_NUM_THREADS: '1',
  };
}

function parseEvent<Event>(line: string): Event | undefined {
  try {
    return JSON.parse(line) as Event;
  } catch {
    return undefined; // a line cut short by a kill
  }
}
