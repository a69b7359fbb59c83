import type { SignalOption } from './files.ts';
import { parseOutput, parseRun, type JobRun, type RunOutput } from './job-run.ts';
import type { JobSettings } from './job-settings.ts';
import { pages } from './pages.ts';
import { integer, object, text, type Fields } from './read-fields.ts';
import type { Transport } from './transport.ts';

export interface Job {
  readonly jobId: number;
  /** Milliseconds since the epoch. */
  readonly createdTime: number;
  readonly creator: string;
  /** As stored: Databricks adds defaults and reorders, so compare only the fields that are owned. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface RunNowOptions {
  /** ≤ 64 characters. With it a lost answer is retried, and a repeated call returns the first run. */
  readonly idempotencyToken?: string;
  readonly notebookParams?: Readonly<Record<string, string>>;
  readonly jobParameters?: Readonly<Record<string, string>>;
  /** Waits its turn when `max_concurrent_runs` is reached, instead of being skipped. */
  readonly queue?: boolean;
  readonly signal?: AbortSignal;
}

export interface ListRunsOptions {
  readonly jobId?: number;
  readonly activeOnly?: boolean;
  readonly completedOnly?: boolean;
  readonly signal?: AbortSignal;
}

/** Jobs API 2.2. */
export class Jobs {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /**
   * Not repeated after a lost answer: create takes no idempotency token, so look for the job by tag before trying again.
   * @returns the id of the new job
   */
  async create(settings: JobSettings, options: SignalOption = {}): Promise<number> {
    const answer = await this.#post('create', settings, options, false);
    return integer(answer, 'job_id');
  }

  async get(jobId: number, options: SignalOption = {}): Promise<Job> {
    return parseJob(await this.#get('get', { job_id: jobId }, options));
  }

  /** All jobs, or those of one name (exact, case-insensitive; names are not unique), through all pages. */
  async *list(
    options: { readonly name?: string; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<Job, void, undefined> {
    const fetchPage = (pageToken: string | undefined): Promise<Fields & Record<string, unknown>> =>
      this.#get(
        'list',
        { name: options.name, limit: 100, expand_tasks: true, page_token: pageToken },
        options,
      );
    for await (const job of pages(fetchPage, 'jobs')) yield parseJob(job);
  }

  /** Replaces all settings; note that an omitted `run_as` is kept. */
  async reset(jobId: number, settings: JobSettings, options: SignalOption = {}): Promise<void> {
    await this.#post('reset', { job_id: jobId, new_settings: settings }, options, true);
  }

  /** Replaces the named top-level settings and removes those in `remove` (a schedule, for one, goes only this way). */
  async update(
    jobId: number,
    change: { readonly settings?: Partial<JobSettings>; readonly remove?: readonly (keyof JobSettings)[] },
    options: SignalOption = {},
  ): Promise<void> {
    const { settings, remove } = change;
    await this.#post(
      'update',
      { job_id: jobId, new_settings: settings ?? {}, fields_to_remove: remove ?? [] },
      options,
      true,
    );
  }

  async delete(jobId: number, options: SignalOption = {}): Promise<void> {
    await this.#post('delete', { job_id: jobId }, options, true);
  }

  /** @returns the id of the run */
  async runNow(jobId: number, options: RunNowOptions = {}): Promise<number> {
    const answer = await this.#post(
      'run-now',
      {
        job_id: jobId,
        ...(options.idempotencyToken === undefined ? {} : { idempotency_token: options.idempotencyToken }),
        ...(options.notebookParams === undefined ? {} : { notebook_params: options.notebookParams }),
        ...(options.jobParameters === undefined ? {} : { job_parameters: options.jobParameters }),
        ...(options.queue === undefined ? {} : { queue: { enabled: options.queue } }),
      },
      options,
      options.idempotencyToken !== undefined,
    );
    return integer(answer, 'run_id');
  }

  /** Newest first, through all pages. */
  async *listRuns(options: ListRunsOptions = {}): AsyncGenerator<JobRun, void, undefined> {
    const fetchPage = (pageToken: string | undefined): Promise<Record<string, unknown>> =>
      this.#get(
        'runs/list',
        {
          job_id: options.jobId,
          active_only: options.activeOnly,
          completed_only: options.completedOnly,
          limit: 25,
          page_token: pageToken,
        },
        options,
      );
    for await (const run of pages(fetchPage, 'runs')) yield parseRun(run);
  }

  async getRun(runId: number, options: SignalOption = {}): Promise<JobRun> {
    return parseRun(await this.#get('runs/get', { run_id: runId }, options));
  }

  /** Of a task's run (`JobRun.tasks[].runId`), or of a run that has a single task. */
  async getRunOutput(runId: number, options: SignalOption = {}): Promise<RunOutput> {
    return parseOutput(await this.#get('runs/get-output', { run_id: runId }, options));
  }

  async cancelRun(runId: number, options: SignalOption = {}): Promise<void> {
    await this.#post('runs/cancel', { run_id: runId }, options, true);
  }

  #post(
    verb: string,
    json: unknown,
    options: SignalOption,
    repeatable: boolean,
  ): Promise<Record<string, unknown>> {
    return this.#transport.json({
      method: 'POST',
      path: `/api/2.2/jobs/${verb}`,
      json,
      repeatable,
      signal: options.signal,
    });
  }

  #get(
    verb: string,
    query: Record<string, string | number | boolean | undefined>,
    options: SignalOption,
  ): Promise<Record<string, unknown>> {
    return this.#transport.json({
      method: 'GET',
      path: `/api/2.2/jobs/${verb}`,
      query,
      signal: options.signal,
    });
  }
}

function parseJob(fields: Fields): Job {
  return {
    jobId: integer(fields, 'job_id'),
    createdTime: integer(fields, 'created_time'),
    creator: text(fields, 'creator_user_name'),
    settings: object(fields, 'settings'),
  };
}
