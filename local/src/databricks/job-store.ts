import { join } from 'node:path';
import { ApiError, invalidParameter } from './api-error.ts';
import { readJson, replaceFile } from './durable-file.ts';
import type { Fields } from './job-settings-check.ts';

export interface StoredJob {
  readonly jobId: number;
  readonly createdTime: number;
  readonly settings: Fields;
}

interface State {
  nextId: number;
  jobs: StoredJob[];
}

/** The jobs, kept in one file that is replaced as a whole; ids are never given twice. */
export class JobStore {
  readonly #path: string;
  readonly #state: State;
  #saving: Promise<void> = Promise.resolve();

  private constructor(path: string, state: State) {
    this.#path = path;
    this.#state = state;
  }

  static async open(workDir: string): Promise<JobStore> {
    const path = join(workDir, 'jobs.json');
    const state = (await readJson(path)) as State | undefined;
    return new JobStore(path, state ?? { nextId: 1_001, jobs: [] });
  }

  /** An id for a job or a run, unique over restarts once `save` has returned. */
  nextId(): number {
    return this.#state.nextId++;
  }

  /** Newest first, as Databricks lists them. */
  all(): readonly StoredJob[] {
    return [...this.#state.jobs].sort((left, right) => right.jobId - left.jobId);
  }

  find(jobId: number): StoredJob | undefined {
    return this.#state.jobs.find((job) => job.jobId === jobId);
  }

  get(jobId: unknown): StoredJob {
    const id = typeof jobId === 'string' ? Number(jobId) : jobId;
    if (typeof id !== 'number' || !Number.isSafeInteger(id))
      throw invalidParameter('Missing required field: job_id');
    const job = this.find(id);
    // Databricks' own answer is a 400 here; its SDKs map it to "does not exist".
    if (job === undefined) throw new ApiError(400, 'INVALID_PARAMETER_VALUE', `Job ${id} does not exist.`);
    return job;
  }

  async put(job: StoredJob): Promise<void> {
    const index = this.#state.jobs.findIndex((each) => each.jobId === job.jobId);
    if (index < 0) this.#state.jobs.push(job);
    else this.#state.jobs[index] = job;
    await this.save();
  }

  async delete(jobId: number): Promise<void> {
    this.#state.jobs = this.#state.jobs.filter((job) => job.jobId !== jobId);
    await this.save();
  }

  save(): Promise<void> {
    this.#saving = this.#saving
      .catch(() => undefined) // its own caller was told
      .then(() => replaceFile(this.#path, JSON.stringify(this.#state, null, 1)));
    return this.#saving;
  }
}
