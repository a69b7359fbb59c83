import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiError, invalidParameter } from './api-error.ts';
import { readJson, replaceFile } from './durable-file.ts';
import { declaredParameters, readTasks, runOrder, type Fields } from './job-settings-check.ts';
import type { JobStore, StoredJob } from './job-store.ts';
import { applyEvent, CANCELLED, endingOf, finish } from './run-outcome.ts';
import { executeRun, type RunPlan, type RunEvent } from './run-process.ts';
import { isActive, type RunRecord, type TaskRecord } from './run-record.ts';
import { resolveReferences } from './run-references.ts';

export interface EngineOptions {
  readonly workDir: string;
  readonly python: string;
  readonly jars: readonly string[];
  readonly javaHome: string | undefined;
  readonly treeDir: string;
  readonly volumesDir: string;
  readonly jobs: JobStore;
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

export interface RunRequest {
  readonly trigger: 'PERIODIC' | 'ONE_TIME';
  readonly idempotencyToken?: string;
  readonly notebookParams?: Readonly<Record<string, string>>;
  readonly jobParameters?: Readonly<Record<string, string>>;
  readonly queue?: boolean;
}

/** Runs of the whole workspace that execute at once: a Spark session needs a core and 1 GB to itself. */
const MAX_EXECUTING = 1;
const MAX_KEPT_RUNS = 1_000;
const MAX_WAITING = 1_000;
const DEFAULT_TIMEOUT_MS = 3_600_000;

/** Starts, queues, executes, cancels and remembers runs. */
export class RunEngine {
  readonly #options: EngineOptions;
  readonly #runs: Map<number, RunRecord>;
  readonly #cancels = new Map<number, AbortController>();
  readonly #executing = new Map<number, Promise<void>>();
  readonly #waiting: RunRecord[] = [];
  readonly #plans = new Map<number, StoredJob>();
  #stopped = false;

  private constructor(options: EngineOptions, runs: Map<number, RunRecord>) {
    this.#options = options;
    this.#runs = runs;
  }

  /** Takes up what a former process left: runs that were executing have failed, those that waited go on waiting. */
  static async open(options: EngineOptions): Promise<RunEngine> {
    const runs = await readRuns(join(options.workDir, 'runs'));
    const engine = new RunEngine(options, runs);
    for (const run of [...runs.values()].filter(isActive).sort((left, right) => left.runId - right.runId)) {
      const job = options.jobs.find(run.jobId);
      if (run.startTime === 0 && job !== undefined) {
        engine.#plans.set(run.runId, job);
        engine.#waiting.push(run);
      } else {
        finish(
          run,
          {
            code: 'DRIVER_ERROR',
            type: 'INTERNAL_ERROR',
            message: 'the workspace was restarted during the run',
          },
          options.now(),
        );
        await engine.#save(run);
      }
    }
    engine.#startWaiting();
    return engine;
  }

  /** Newest first. */
  all(): RunRecord[] {
    return [...this.#runs.values()].sort((left, right) => right.runId - left.runId);
  }

  /** A run by its own id, and the task if the id is a task's. */
  find(id: unknown): { run: RunRecord; task: TaskRecord | undefined } {
    const runId = Number(id);
    const run = this.#runs.get(runId);
    if (run !== undefined) return { run, task: undefined };
    for (const each of this.#runs.values()) {
      const task = each.tasks.find((one) => one.runId === runId);
      if (task !== undefined) return { run: each, task };
    }
    throw new ApiError(400, 'INVALID_PARAMETER_VALUE', `Run ${String(id)} does not exist.`);
  }

  folderOf(run: RunRecord): string {
    return join(this.#options.workDir, 'runs', String(run.runId));
  }

  async start(job: StoredJob, request: RunRequest): Promise<RunRecord> {
    const known =
      request.idempotencyToken === undefined ? undefined : this.#byToken(request.idempotencyToken);
    if (known !== undefined) return known;
    const run = this.#newRun(job, request);
    this.#runs.set(run.runId, run);
    const limit =
      typeof job.settings['max_concurrent_runs'] === 'number' ? job.settings['max_concurrent_runs'] : 1;
    const active = this.all().filter(
      (each) => each.jobId === job.jobId && isActive(each) && each !== run,
    ).length;
    const mayQueue = request.queue ?? (job.settings['queue'] as Fields | undefined)?.['enabled'] !== false;
    if (active >= limit && !mayQueue) {
      finish(
        run,
        {
          code: 'MAX_CONCURRENT_RUNS_EXCEEDED',
          type: 'CLIENT_ERROR',
          message: `the job already has ${active} active runs`,
        },
        run.createdTime,
      );
    } else if (this.#waiting.length >= MAX_WAITING) {
      finish(
        run,
        {
          code: 'MAX_JOB_QUEUE_SIZE_EXCEEDED',
          type: 'CLIENT_ERROR',
          message: `${MAX_WAITING} runs are waiting`,
        },
        run.createdTime,
      );
    } else {
      run.phase = active >= limit ? 'QUEUED' : 'PENDING';
      this.#plans.set(run.runId, job);
      this.#waiting.push(run);
    }
    await this.#options.jobs.save(); // the id is taken for good
    await this.#save(run);
    await this.#forgetOldest();
    this.#startWaiting();
    return run;
  }

  async cancel(runId: number): Promise<void> {
    const { run } = this.find(runId);
    const position = this.#waiting.indexOf(run);
    if (position >= 0) {
      this.#waiting.splice(position, 1);
      finish(run, CANCELLED, this.#options.now());
      await this.#save(run);
      return;
    }
    const cancel = this.#cancels.get(run.runId);
    if (cancel === undefined) return;
    run.phase = 'TERMINATING';
    cancel.abort();
  }

  async cancelAll(jobId: number): Promise<void> {
    await Promise.all(
      this.all()
        .filter((run) => run.jobId === jobId && isActive(run))
        .map((run) => this.cancel(run.runId)),
    );
  }

  async delete(runId: number): Promise<void> {
    const { run } = this.find(runId);
    if (isActive(run))
      throw new ApiError(400, 'INVALID_STATE', `Run ${run.runId} is active; cancel it first.`);
    this.#runs.delete(run.runId);
    await rm(this.folderOf(run), { recursive: true, force: true });
  }

  /** Ends what executes; what waits is kept for the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#cancels.values()) cancel.abort();
    await Promise.all(this.#executing.values());
  }

  #byToken(token: string): RunRecord | undefined {
    return [...this.#runs.values()].find((run) => run.idempotencyToken === token);
  }

  #newRun(job: StoredJob, request: RunRequest): RunRecord {
    const { jobs, now } = this.#options;
    const tasks = runOrder(readTasks(job.settings));
    const runId = jobs.nextId();
    const jobParameters = { ...declaredParameters(job.settings), ...request.jobParameters };
    const name = String(job.settings['name'] ?? 'Untitled');
    const references = {
      runId,
      jobId: job.jobId,
      jobName: name,
      startTime: now(),
      parameters: jobParameters,
    };
    return {
      runId,
      jobId: job.jobId,
      jobName: name,
      numberInJob: this.all().filter((run) => run.jobId === job.jobId).length + 1,
      trigger: request.trigger,
      ...(request.idempotencyToken === undefined ? {} : { idempotencyToken: request.idempotencyToken }),
      jobParameters,
      createdTime: now(),
      timeoutSeconds: Number(job.settings['timeout_seconds'] ?? 0),
      phase: 'PENDING',
      startTime: 0,
      endTime: 0,
      tasks: tasks.map((task) => ({
        runId: jobs.nextId(),
        taskKey: task.taskKey,
        notebookPath: task.notebookPath,
        parameters: resolveReferences(
          { ...task.baseParameters, ...request.notebookParams, ...jobParameters },
          references,
        ),
        phase: task.dependsOn.length > 0 ? 'BLOCKED' : 'PENDING',
        startTime: 0,
        endTime: 0,
      })),
    };
  }

  #startWaiting(): void {
    while (!this.#stopped && this.#executing.size < MAX_EXECUTING) {
      const run = this.#takeNext();
      if (run === undefined) return;
      const work = this.#execute(run)
        .catch(this.#options.onError)
        .finally(() => {
          this.#executing.delete(run.runId);
          this.#cancels.delete(run.runId);
          this.#plans.delete(run.runId);
          this.#startWaiting();
        });
      this.#executing.set(run.runId, work);
    }
  }

  /** The run that has waited longest and whose job has room. */
  #takeNext(): RunRecord | undefined {
    const executingOf = (jobId: number): number =>
      [...this.#executing.keys()].filter((id) => this.#runs.get(id)?.jobId === jobId).length;
    const index = this.#waiting.findIndex((run) => {
      const limit = this.#plans.get(run.runId)?.settings['max_concurrent_runs'];
      return executingOf(run.jobId) < (typeof limit === 'number' ? Math.max(1, limit) : 1);
    });
    return index < 0 ? undefined : this.#waiting.splice(index, 1)[0];
  }

  async #execute(run: RunRecord): Promise<void> {
    const { now } = this.#options;
    const job = this.#plans.get(run.runId);
    if (job === undefined) throw invalidParameter(`Run ${run.runId} has lost its job`);
    const cancel = new AbortController();
    this.#cancels.set(run.runId, cancel);
    run.phase = 'RUNNING';
    run.startTime = now();
    await this.#save(run);
    const tasks = new Map(readTasks(job.settings).map((task) => [task.taskKey, task]));
    const timeoutMs = run.timeoutSeconds > 0 ? run.timeoutSeconds * 1_000 : DEFAULT_TIMEOUT_MS;
    const end = await executeRun<RunPlan, RunEvent>({
      python: this.#options.python,
      javaHome: this.#options.javaHome,
      timeoutMs,
      signal: cancel.signal,
      onEvent: (event) => applyEvent(run, event, now()),
      plan: {
        runDir: this.folderOf(run),
        treeDir: this.#options.treeDir,
        volumesDir: this.#options.volumesDir,
        warehouseDir: join(this.#options.workDir, 'warehouse'),
        tablesDir: tablesDirOf(this.#options.workDir),
        jars: this.#options.jars,
        jobName: run.jobName,
        runId: run.runId,
        tasks: run.tasks.map((task) => ({
          taskKey: task.taskKey,
          notebookPath: task.notebookPath,
          parameters: task.parameters,
          dependsOn: tasks.get(task.taskKey)?.dependsOn ?? [],
          runIf: tasks.get(task.taskKey)?.runIf ?? 'ALL_SUCCESS',
        })),
      },
    });
    finish(run, endingOf(run, end, timeoutMs), now());
    await this.#save(run);
  }

  async #save(run: RunRecord): Promise<void> {
    await replaceFile(join(this.folderOf(run), 'run.json'), JSON.stringify(run, null, 1));
  }

  async #forgetOldest(): Promise<void> {
    const ended = this.all().filter((run) => !isActive(run));
    for (const run of ended.slice(MAX_KEPT_RUNS)) await this.delete(run.runId);
  }
}

/** Where the tables with names of three parts are. */
export function tablesDirOf(workDir: string): string {
  return join(workDir, 'tables');
}

async function readRuns(folder: string): Promise<Map<number, RunRecord>> {
  const names = await readdir(folder).catch(() => []);
  const runs = new Map<number, RunRecord>();
  for (const name of names) {
    const run = (await readJson(join(folder, name, 'run.json'))) as RunRecord | undefined;
    if (run !== undefined) runs.set(run.runId, run);
  }
  return runs;
}
