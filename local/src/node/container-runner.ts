/** Runs one container for as long as its pod wants it: starts, probes, restarts with back-off, ends. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Clock, sleep } from '@tributary/operator/kube';
import type { ProcessRegistry } from '../processes/registry.ts';
import { ContainerProcess, type ContainerExit, type ProcessLaunch, StartError } from './container-process.ts';
import { ContainerLog } from './logs/container-log.ts';
import { lastLines } from './logs/last-lines.ts';
import { type ContainerRecord, waiting } from './pod-status.ts';
import { ask } from './probes/ask.ts';
import { type ProbeKind, probeContainer } from './probes/prober.ts';
import {
  RestartBackoff,
  type RestartBackoffOptions,
  type RestartPolicy,
  shouldRestart,
} from './restart-backoff.ts';
import { ContainerConfigError } from './spec/resolve-env.ts';
import type { ContainerSpec } from './types.ts';

export interface ContainerRunnerOptions {
  container: ContainerSpec;
  /** Shared with the pod, and changed in place. */
  record: ContainerRecord;
  restartPolicy: RestartPolicy;
  podIP: string;
  podName: string;
  logPath: (restart: number) => string;
  /** Reads what the environment refers to, anew at each start. */
  prepare: () => ProcessLaunch;
  registry: ProcessRegistry;
  clock: Clock;
  backoff: RestartBackoffOptions;
  /** The record has changed. */
  changed: () => void;
  event: (type: 'Normal' | 'Warning', reason: string, note: string) => void;
}

/** How often a container that lacks something it refers to is tried. */
const CONFIG_RETRY_MS = 2_000;
/** A hook that takes longer has failed. */
const POST_START_MS = 60_000;
/** What stays of earlier runs: `kubectl logs --previous` shows the last one. */
const KEPT_LOGS = 2;

export class ContainerRunner {
  readonly #options: ContainerRunnerOptions;
  readonly #backoff: RestartBackoff;
  #process: ContainerProcess | undefined;
  #log: ContainerLog | undefined;
  #launch: ProcessLaunch | undefined;

  constructor(options: ContainerRunnerOptions) {
    this.#options = options;
    this.#backoff = new RestartBackoff(options.backoff);
  }

  get name(): string {
    return this.#options.container.name;
  }

  get pid(): number | undefined {
    return this.#process?.identity.pid;
  }

  /** The log of the run at hand, for those who follow it. */
  get log(): ContainerLog | undefined {
    return this.#log;
  }

  /** Resolves with the last exit when no restart is due, or once `stop` is aborted and the process has ended. */
  async run(stop: AbortSignal, graceMs: () => number): Promise<ContainerExit | undefined> {
    const { clock, restartPolicy, record, changed, event, podName } = this.#options;
    for (;;) {
      if (stop.aborted) return undefined;
      const startedAt = clock.monotonic();
      const exit = await this.#once(stop, graceMs);
      if (exit === undefined || stop.aborted) return exit;
      if (!shouldRestart(restartPolicy, exit.exitCode)) return exit;
      const waitMs = this.#backoff.next(clock.monotonic() - startedAt);
      record.lastState = record.state;
      if (waitMs > 0) {
        const message = `back-off ${Math.round(waitMs / 1000)}s restarting failed container=${this.name} pod=${podName}`;
        event('Warning', 'BackOff', message);
        record.state = waiting('CrashLoopBackOff', message);
        changed();
        // An abort ends the wait; the loop sees it.
        await sleep(clock, waitMs, stop).catch(() => undefined);
        if (stop.aborted) {
          record.state = record.lastState;
          return exit;
        }
      }
      record.restartCount += 1;
    }
  }

  /** At once, without grace. */
  kill(): void {
    this.#process?.kill();
  }

  async #once(stop: AbortSignal, graceMs: () => number): Promise<ContainerExit | undefined> {
    const { record, changed, event } = this.#options;
    const process = await this.#start(stop);
    if (process === undefined) return undefined;
    if (process instanceof StartError)
      return this.#ended(undefined, { exitCode: 128, signal: undefined }, process.message);
    this.#process = process;
    const startedAt = this.#time();
    record.state = { running: { startedAt } };
    record.containerID = `process://${process.identity.pid}-${process.identity.startTime}`;
    event('Normal', 'Started', `Started container ${this.name} as process ${process.identity.pid}`);
    changed();
    const over = new AbortController();
    const onStop = () => void this.#stop(process, graceMs(), over.signal);
    if (stop.aborted) onStop();
    else stop.addEventListener('abort', onStop, { once: true });
    const probes = this.#accompany(process, over.signal, graceMs);
    const exit = await process.exited;
    stop.removeEventListener('abort', onStop);
    over.abort();
    await probes;
    this.#process = undefined;
    return this.#ended(startedAt, exit);
  }

  async #start(stop: AbortSignal): Promise<ContainerProcess | StartError | undefined> {
    const { prepare, record, changed, event, registry, clock, logPath, podName } = this.#options;
    while (!stop.aborted) {
      try {
        this.#launch = prepare();
        break;
      } catch (error) {
        if (!(error instanceof ContainerConfigError)) throw error;
        event('Warning', 'Failed', `Error: ${error.message}`);
        record.state = waiting(error.code, error.message);
        changed();
        await sleep(clock, CONFIG_RETRY_MS, stop).catch(() => undefined);
      }
    }
    if (stop.aborted || this.#launch === undefined) return undefined;
    const path = logPath(record.restartCount);
    this.#dropOldLogs(path);
    this.#log = new ContainerLog(path, () => clock.now());
    try {
      return await ContainerProcess.start(`${podName}/${this.name}`, this.#launch, this.#log, registry);
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      this.#log.note(`the local node could not start the container: ${error.message}`);
      event('Warning', 'Failed', `Error: ${error.message}`);
      return error;
    }
  }

  #ended(startedAt: string | undefined, exit: ContainerExit, startError?: string): ContainerExit {
    const { record, changed, container } = this.#options;
    const log = this.#log;
    log?.end();
    const reason = startError !== undefined ? 'StartError' : exit.exitCode === 0 ? 'Completed' : 'Error';
    const message =
      startError ??
      (container.terminationMessagePolicy === 'FallbackToLogsOnError' &&
      exit.exitCode !== 0 &&
      log !== undefined
        ? lastLines(log.path)
        : undefined);
    record.started = false;
    record.ready = false;
    record.state = {
      terminated: {
        exitCode: exit.exitCode,
        reason,
        finishedAt: this.#time(),
        ...(startedAt === undefined ? {} : { startedAt }),
        ...(exit.signal === undefined ? {} : { signal: exit.signal }),
        ...(message === undefined ? {} : { message }),
        ...(record.containerID === undefined ? {} : { containerID: record.containerID }),
      },
    };
    changed();
    return exit;
  }

  /** The postStart hook, and probes once it is done. */
  async #accompany(process: ContainerProcess, over: AbortSignal, graceMs: () => number): Promise<void> {
    const { container, podIP, event } = this.#options;
    const hook = container.lifecycle?.postStart;
    if (hook?.sleep !== undefined) {
      await sleep(this.#options.clock, hook.sleep.seconds * 1000, over).catch(() => undefined);
    } else if (hook !== undefined && this.#launch !== undefined) {
      const answer = await ask(hook, { podIP, container, launch: this.#launch }, POST_START_MS, over);
      if (!answer.ok && !over.aborted) {
        event('Warning', 'FailedPostStartHook', `PostStartHook failed: ${answer.message}`);
        await this.#stop(process, graceMs(), over);
      }
    }
    if (!over.aborted) await this.#probe(process, over, graceMs);
  }

  async #probe(process: ContainerProcess, over: AbortSignal, graceMs: () => number): Promise<void> {
    const { container, podIP, record, changed, event, clock } = this.#options;
    if (this.#launch === undefined) return;
    const set = (change: () => void) => {
      if (over.aborted) return;
      change();
      changed();
    };
    await probeContainer(
      container,
      { podIP, container, launch: this.#launch },
      clock,
      {
        started: () => set(() => (record.started = true)),
        ready: (ready) => set(() => (record.ready = ready)),
        unhealthy: (kind, message) => event('Warning', 'Unhealthy', `${kind} probe failed: ${message}`),
        failed: (kind: ProbeKind) => {
          event(
            'Normal',
            'Killing',
            `Container ${this.name} failed ${kind.toLowerCase()} probe, will be restarted`,
          );
          void this.#stop(process, graceMs(), over);
        },
      },
      over,
    );
  }

  /** preStop, SIGTERM, and SIGKILL when the grace is over; all of it within the grace. */
  async #stop(process: ContainerProcess, graceMs: number, over: AbortSignal): Promise<void> {
    const { clock, container, podIP, event } = this.#options;
    const deadline = clock.monotonic() + graceMs;
    const hook = container.lifecycle?.preStop;
    if (hook?.sleep !== undefined) {
      await sleep(clock, Math.min(graceMs, hook.sleep.seconds * 1000), over).catch(() => undefined);
    } else if (hook !== undefined && this.#launch !== undefined) {
      const answer = await ask(hook, { podIP, container, launch: this.#launch }, Math.max(1, graceMs), over);
      if (!answer.ok && !over.aborted)
        event('Warning', 'FailedPreStopHook', `PreStopHook failed: ${answer.message}`);
    }
    if (over.aborted) return;
    process.terminate();
    await sleep(clock, Math.max(0, deadline - clock.monotonic()), over).catch(() => undefined);
    if (!over.aborted) process.kill();
  }

  #dropOldLogs(path: string): void {
    const folder = dirname(path);
    mkdirSync(folder, { recursive: true });
    if (!existsSync(folder)) return;
    const runs = readdirSync(folder)
      .map((name) => Number(/^(\d+)\.log/.exec(name)?.[1] ?? NaN))
      .filter((run) => run <= this.#options.record.restartCount - KEPT_LOGS);
    for (const run of runs)
      for (const suffix of ['', '.1']) rmSync(join(folder, `${run}.log${suffix}`), { force: true });
  }

  #time(): string {
    return new Date(this.#options.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z');
  }
}
